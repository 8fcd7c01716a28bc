// What is used of Cloudflare's runtime, https://developers.cloudflare.com/workers/runtime-apis/.
declare module 'cloudflare:workers' {
  export abstract class DurableObject<Env = unknown> {
    protected readonly ctx: DurableObjectState;
    protected readonly env: Env;
    constructor(ctx: DurableObjectState, env: Env);
  }

  export interface DurableObjectState {
    readonly storage: {
      readonly sql: {
        exec(
          query: string,
          ...bindings: (string | number | null | ArrayBuffer | ArrayBufferView)[]
        ): Iterable<Record<string, unknown>>;
      };
      setAlarm(atMs: number): Promise<void>;
      getAlarm(): Promise<number | null>;
    };
  }
}
