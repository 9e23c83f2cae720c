// How far scores are from saying the right class; each from the scores alone, so that no logarithm of 0 is taken.

/** −ln of the probability that a sigmoid does not give: of 1 − sigmoid(score). */
const softplus = (score: number): number => Math.max(score, 0) + Math.log1p(Math.exp(-Math.abs(score)));

/** −ln of the probability that a softmax of `scores` gives to number `right`. */
export function crossEntropy(scores: number[], right: number): number {
  const largest = Math.max(...scores);
  return Math.log(scores.reduce((sum, score) => sum + Math.exp(score - largest), 0)) + largest - scores[right];
}

/** The mean over all classes of −ln of what a sigmoid gives to what is: number `right` is it, and no other. */
export const binaryCrossEntropy = (scores: number[], right: number): number =>
  scores.reduce((sum, score, i) => sum + softplus(i === right ? -score : score), 0) / scores.length;
