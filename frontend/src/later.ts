// Widgets whose script comes as an asset: networks.ts, without what this script has itself.
import { FLOOR } from "./floor.ts";
import type { Model } from "./hosts/model.ts";
import type { Kind } from "./render.ts";

let kinds: Record<string, Kind> | undefined;

/** The labs around whole networks. Rejects with a sentence where their script is missing. */
export async function later(model: Model): Promise<Record<string, Kind>> {
  const script = kinds ? "" : new TextDecoder().decode(await model.asset("networks"));
  kinds ??= new Function("FLOOR", `${script};return networks.KINDS`)(FLOOR) as typeof kinds;
  return kinds!;
}
