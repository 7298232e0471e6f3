/** Of the two sides of an environment: its thread, and whoever invokes the function. */
export type ThreadData = {
  /** Absolute path of the bundle. */
  readonly bundle: string;
  readonly functionName: string;
  readonly memoryMb: number;
};

export type Invoke = { readonly requestId: string; readonly event: unknown; readonly deadlineMs: number };

export type Reply =
  | { readonly ready: true }
  /** The bundle could not be loaded, or exports no handler. */
  | { readonly ready: false; readonly error: string }
  | { readonly requestId: string; readonly result: unknown }
  | { readonly requestId: string; readonly error: string };
