// The other side of ../stage.py: Postfix, otklik and the mailboxes of the customers.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export class Stage {
	#child;
	#asked = new Map();
	#next = 1;
	#ended = '';

	/** Starts everything; resolves when the server is ready. */
	static async open(binary, engine) {
		const s = new Stage();
		const script = fileURLToPath(new URL('../stage.py', import.meta.url));
		s.#child = spawn('python3', [script, binary, engine], { stdio: ['pipe', 'pipe', 'inherit'] });
		const ready = new Promise((ok, fail) => s.#asked.set(0, { ok, fail, what: 'start' }));
		createInterface({ input: s.#child.stdout }).on('line', (line) => s.#hear(JSON.parse(line)));
		s.#child.on('exit', (code) => {
			s.#ended = `the stage ended with ${code}`;
			for (const { fail } of s.#asked.values()) fail(new Error(s.#ended));
			s.#asked.clear();
		});
		s.facts = await ready;
		return s;
	}
	#hear({ id, ok, error }) {
		const asked = this.#asked.get(id);
		if (!asked) return;
		this.#asked.delete(id);
		if (error === undefined) asked.ok(ok);
		else asked.fail(new Error(`${asked.what}: ${error}`));
	}
	/** Calls a method of Led in stage.py by name. */
	ask(name, args = {}) {
		if (this.#ended) return Promise.reject(new Error(this.#ended));
		const id = this.#next++;
		this.#child.stdin.write(`${JSON.stringify({ id, do: name, ...args })}\n`);
		return new Promise((ok, fail) => this.#asked.set(id, { ok, fail, what: `${name} ${JSON.stringify(args).slice(0, 200)}` }));
	}
	get url() {
		return this.facts.url;
	}
	/** A letter to the shop, through Postfix; its Message-ID without brackets. */
	send(sender, subject, text, more = {}) {
		return this.ask('send', { sender, subject, text, ...more });
	}
	/** An answer to a letter that was read from a mailbox. */
	answer(sender, letter, text) {
		return this.send(sender, letter.subject, text, {
			to: letter.reply_to || letter.from,
			headers: `In-Reply-To: ${letter.message_id}\r\nReferences: ${letter.references} ${letter.message_id}\r\n`,
		});
	}
	raw(sender, to, text) {
		return this.ask('raw', { sender, to, raw: Buffer.from(text).toString('base64') });
	}
	letters(address) {
		return this.ask('letters', { address });
	}
	/** The first letter in a mailbox with these words; waits for it. */
	letter(address, has) {
		return this.ask('letter', { address, has });
	}
	ticket(subject) {
		return this.ask('ticket', { subject });
	}
	messages(ticket) {
		return this.ask('messages', { ticket });
	}
	api(method, path, body) {
		return this.ask('api', { method, path, body });
	}
	person(name, email, password, role, more = {}) {
		return this.ask('person', { name, email, password, role, ...more });
	}
	async close() {
		if (this.#ended) return;
		const gone = new Promise((ok) => this.#child.on('exit', ok));
		this.#child.stdin.end();
		await gone;
	}
}
