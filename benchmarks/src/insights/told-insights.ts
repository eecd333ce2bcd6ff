/** Insights in memory, with what was told of each topic: the store of a host that mutes nothing. */
import type { InsightRun, InsightStore, NewInsight, ToldInsight } from '@bizinsights/jobs-insights';

export class ToldInsights implements InsightStore {
  /** In the order in which they were told. */
  readonly kept: NewInsight[] = [];
  readonly #told = new Map<string, ToldInsight>();
  readonly #fingerprints = new Set<string>();

  async claim(): Promise<boolean> {
    return true;
  }

  async release(): Promise<void> {}

  async save({ begunAt, period }: InsightRun, insights: readonly NewInsight[]): Promise<ReadonlyMap<string, string>> {
    const saved = new Map<string, string>();
    for (const insight of insights) {
      if (this.#fingerprints.has(insight.fingerprint)) continue;
      this.#fingerprints.add(insight.fingerprint);
      this.kept.push(insight);
      saved.set(insight.fingerprint, `i${this.kept.length}`);
      const told = { ...insight, period, createdAt: begunAt };
      this.#told.set(insight.topic, told);
    }
    return saved;
  }

  async told(): Promise<readonly ToldInsight[]> {
    return [...this.#told.values()];
  }

  async mutes() {
    return [];
  }

  async votes() {
    return [];
  }
}
