// Runs stories one after another and counts them.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class Skip extends Error {}

export class Suite {
	passed = 0;
	failed = 0;
	skipped = 0;
	#people = new Set();
	#pictures = null;

	/** state(): a line about the server, told beside what failed. */
	constructor(engine, only = '', state = async () => '') {
		this.engine = engine;
		this.only = only;
		this.state = state;
	}
	/** What goes wrong in this person's browser fails the story that runs. */
	watch(person) {
		this.#people.add(person);
		return person;
	}
	/** Until the end of the story this may be in everybody's console. */
	allow(re) {
		for (const p of this.#people) p.allow(re);
	}
	async dismiss(person) {
		this.#people.delete(person);
		await person.leave();
	}
	async story(name, fn) {
		if (this.only && !name.includes(this.only)) return;
		const t0 = Date.now();
		try {
			await fn();
			const troubles = [...this.#people].flatMap((p) => p.troubles);
			if (troubles.length) throw new Error(`in the console:\n  ${troubles.join('\n  ')}`);
			this.passed++;
			console.log(`  ok ${this.engine}: ${name} (${Date.now() - t0} ms)`);
		} catch (e) {
			if (e instanceof Skip) {
				this.skipped++;
				return;
			}
			this.failed++;
			const state = await this.state().catch(String);
			console.log(`FAILED ${this.engine}: ${name} (${Date.now() - t0} ms) [${state}]\n${e.stack}`);
			await this.#picture(name);
		} finally {
			for (const p of this.#people) p.endOfStory();
		}
	}
	async #picture(name) {
		this.#pictures ??= process.env.OTKLIK_E2E_PICTURES || mkdtempSync(join(tmpdir(), 'otklik-e2e-'));
		let n = 0;
		for (const p of this.#people) {
			const path = join(this.#pictures, `${this.engine}-${name.replace(/\W+/g, '-')}-${n++}.png`);
			await p.page.screenshot({ path, timeout: 5000 }).then(() => console.log(`  see ${path} (${p.page.url()})`), () => {});
			for (const x of p.troubles) console.log(`  console: ${x}`);
		}
	}
}

export function check(ok, what) {
	if (!ok) throw new Error(what);
}
export function equal(got, want, what) {
	if (got !== want) throw new Error(`${what}: ${JSON.stringify(got)} instead of ${JSON.stringify(want)}`);
}
