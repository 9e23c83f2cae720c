// The modules that the labs of networks.ts share with the others: bundle.mjs lists them.
export const FLOOR: Record<string, unknown> = {};
