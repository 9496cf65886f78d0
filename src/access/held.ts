/** What is open at a time, by whose it is: in the memory of this process, as what is counted does not outlive it. */
export class Held {
  readonly #counts = new Map<string, number>();

  of(id: string): number {
    return this.#counts.get(id) ?? 0;
  }

  /** @returns what lets it go again; only the first call counts */
  take(ids: readonly string[]): () => void {
    for (const id of ids) this.#counts.set(id, this.of(id) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      for (const id of ids) {
        const left = this.of(id) - 1;
        if (left > 0) this.#counts.set(id, left);
        else this.#counts.delete(id);
      }
    };
  }
}
