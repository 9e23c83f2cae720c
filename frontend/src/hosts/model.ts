// What a widget may ask of its host: Jupyter, Colab, our own static pages, and others such as MyST's, which throw on
// some of it. `guard` makes that harmless.

/** Says in a sentence for the reader why an asset is not there. */
export class AssetError extends Error {}

export type Listener = () => void;

/** What Jupyter and Colab give. */
export type Host = Omit<Model, "asset">;

export interface Model {
  get(name: string): any;
  asset(name: string): Promise<Uint8Array>; // what is too large for a state; rejects with a sentence for the reader
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, listener: Listener): void;
  off(event: string, listener: Listener): void;
}

export function guard(host: Host): Model {
  const attempt = (action: () => void) => {
    try {
      action();
    } catch {
      // This host cannot do it: the widget goes on without.
    }
  };
  return {
    get: (name) => host.get(name),
    async asset(name) {
      const view: DataView | undefined = host.get("_assets")?.[name];
      if (!view) throw new AssetError(`The ${name} of this widget did not arrive. Run its cell again.`);
      return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    },
    set: (name, value) => host.set(name, value),
    save_changes: () => attempt(() => host.save_changes()),
    on: (event, listener) => attempt(() => host.on(event, listener)),
    off: (event, listener) => attempt(() => host.off(event, listener)),
  };
}

/** A model with no kernel behind it: the state lives in the page. */
export function pageModel(state: Record<string, unknown>, asset: Model["asset"]): Model {
  const values = new Map(Object.entries(state));
  const listeners = new Map<string, Set<Listener>>();
  const notify = (event: string) => [...(listeners.get(event) ?? [])].forEach((listener) => listener());
  return {
    get: (name) => values.get(name),
    asset,
    set(name, value) {
      if (values.get(name) === value) return;
      values.set(name, value);
      notify(`change:${name}`);
    },
    save_changes: () => {},
    on(event, listener) {
      if (!listeners.has(event)) listeners.set(event, new Set());
      listeners.get(event)!.add(listener);
    },
    off: (event, listener) => void listeners.get(event)?.delete(listener),
  };
}
