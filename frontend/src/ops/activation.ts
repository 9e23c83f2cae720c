// Functions that are applied to each number by itself, by their names in Keras.

/** The share of a normal distribution that lies beyond `size`; to 1e-7 (Abramowitz and Stegun, 1964, 26.2.17). */
function tail(size: number): number {
  const t = 1 / (1 + 0.2316419 * size);
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (series * Math.exp((-size * size) / 2)) / Math.sqrt(2 * Math.PI);
}

export const ACTIVATIONS: Record<string, (x: number) => number> = {
  relu: (x) => Math.max(x, 0),
  leaky_relu: (x) => (x > 0 ? x : 0.2 * x),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  gelu: (x) => x * (x < 0 ? tail(-x) : 1 - tail(x)),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  linear: (x) => x,
};

const STEP = 1e-5;

/** How steep `f` is just below `x`, to about four digits: where it has a kink, as Keras has it. */
export const slope = (f: (x: number) => number, x: number): number => (f(x) - f(x - STEP)) / STEP;
