// The labs around whole networks. They are large, and not on every page: later.ts fetches them.
import * as accuracy from "./widgets/accuracy.ts";
import * as builder from "./widgets/builder.ts";
import * as network from "./widgets/network.ts";
import * as training from "./widgets/training.ts";

export const KINDS = { accuracy, builder, network, training };
