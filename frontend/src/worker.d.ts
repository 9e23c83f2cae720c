/** The text of a script for a worker: see bundle.mjs. */
declare module "*?worker" {
  const source: string;
  export default source;
}
