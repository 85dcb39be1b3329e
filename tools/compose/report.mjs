// What was proved, a line each, and the numbers at the end.
export class Report {
  #passed = 0;
  #failed = 0;

  get allPassed() {
    return this.#failed === 0;
  }

  /** Tells how `prove` ends, with the text that it resolves with where it does, and ends like it. */
  async step(what, prove) {
    try {
      const result = await prove();
      this.#passed += 1;
      console.log(`ok: ${what}${typeof result === 'string' ? ` (${result})` : ''}`);
      return result;
    } catch (error) {
      this.#failed += 1;
      console.log(`FAILED: ${what}: ${error.message}`);
      throw error;
    }
  }

  end() {
    console.log(`${this.#passed} passed, ${this.#failed} failed`);
  }
}
