/** What `ha-ip handover` asks of a running watchdog for one shared address. */
export interface HandoverRequest {
  /** A peer by name, address or instance id; null: the best. */
  readonly to: string | null;
  /** How long to stand aside; null: until told otherwise. */
  readonly forMs: number | null;
  /** Take part again instead. */
  readonly end: boolean;
}

/** What came of it. Plain data; what was refused is an error of the conversation. */
export interface HandoverAnswer {
  /**
   * handed over: another holds and this node stands aside · stands aside: it held nothing · takes part again, takes
   * part already: `--end` · failed: nobody took over in time, and this node takes part again
   */
  readonly outcome: 'handed over' | 'stands aside' | 'takes part again' | 'takes part already' | 'failed';
  /** Who holds now, by heartbeats; null: nobody that is heard. */
  readonly holder: string | null;
  readonly tookMs: number;
  /** ISO 8601: when this node takes part again by itself; null: when told, or it does now. */
  readonly until: string | null;
  /** Of a failure: why none of the peers could, a sentence each. */
  readonly why: readonly string[];
  /** What the operator should expect next, or null. */
  readonly hint: string | null;
}
