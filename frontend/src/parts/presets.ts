// Kernels that have a name, from the list that Python has, too.
import kernels from "../../../cnnbook/widgets/kernels.json";

export const PRESETS: Record<string, { label: string; divide: number; rows: number[][] }> = kernels;

export const presetChoices = Object.entries(PRESETS).map(([value, { label }]) => ({ value, label }));

/** The weights of a preset, [rows][columns]. */
export const presetRows = (name: string): number[][] =>
  PRESETS[name].rows.map((row) => row.map((weight) => weight / PRESETS[name].divide));
