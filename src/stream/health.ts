/** Whether a stream of this process can be written, as far as its last write told. */
export interface StreamHealth {
  writable: boolean;
  /** Null when it is writable. */
  why: string | null;
}
