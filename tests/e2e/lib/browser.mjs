// Chromium, and the people who sit before it. Whatever the console says in red, whatever
// the content policy refuses and whatever is thrown counts against the story in which it
// happens, unless that story allows it.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { words } from './words.mjs';

const require = createRequire(new URL('../../../ui/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const PATIENCE = 30_000;

export function launch() {
	return chromium.launch({
		executablePath: process.env.OTKLIK_CHROMIUM || '/usr/bin/chromium',
		args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run', '--disable-background-networking',
			'--disable-component-update', '--disable-sync'],
	});
}

/** Waits until fn() gives something true, and gives it. */
export async function until(what, fn, ms = PATIENCE) {
	const end = Date.now() + ms;
	for (;;) {
		const value = await fn();
		if (value) return value;
		if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
		await new Promise((ok) => setTimeout(ok, 50));
	}
}

/** Something that `passed` waits for until it is opened. */
export function gate() {
	let open;
	const passed = new Promise((ok) => (open = ok));
	return { open, passed };
}

export class Person {
	troubles = [];
	#allowed = [];
	// Nobody is signed in at first: the page asks, and the browser tells the answer in red.
	#always = [/status of 401 .*\/api\/v1\/session\)/];

	static async sit(browser, url, { lang = 'en', size = [1280, 800], dark = false } = {}) {
		const p = new Person();
		p.url = url;
		p.lang = lang;
		p.context = await browser.newContext({
			locale: lang === 'ru' ? 'ru-RU' : 'en-GB',
			viewport: { width: size[0], height: size[1] },
			colorScheme: dark ? 'dark' : 'light',
			reducedMotion: 'reduce',
		});
		p.context.setDefaultTimeout(PATIENCE);
		await p.context.addInitScript(() => {
			document.addEventListener('securitypolicyviolation', (e) =>
				console.error(`content policy: ${e.violatedDirective} ${e.blockedURI} in ${e.documentURI}`));
		});
		p.page = await p.context.newPage();
		p.context.on('console', (m) => {
			if (m.type() === 'error') p.#trouble(`${m.text()} (${m.location().url})`);
		});
		p.context.on('weberror', (e) => p.#trouble(`thrown: ${e.error().stack ?? e.error()}`));
		return p;
	}
	#trouble(text) {
		if (![...this.#always, ...this.#allowed].some((re) => re.test(text))) this.troubles.push(text);
	}
	/** Until the end of the story this may be in the console. */
	allow(re) {
		this.#allowed.push(re);
	}
	endOfStory() {
		this.troubles = [];
		this.#allowed = [];
	}
	t(key, params) {
		return words(key, params, this.lang);
	}
	go(path) {
		return this.page.goto(this.url + path);
	}
	/** To another page of the program, as a link of it would, without loading it anew. */
	visit(path) {
		return this.page.evaluate((to) => {
			history.pushState(null, '', to);
			dispatchEvent(new PopStateEvent('popstate'));
		}, path);
	}
	leave() {
		return this.context.close();
	}
	id(name) {
		return this.page.getByTestId(name);
	}
	button(key, params) {
		return this.page.getByRole('button', { name: this.t(key, params), exact: true });
	}
	field(key) {
		return this.page.getByLabel(this.t(key), { exact: true });
	}

	async fillSignIn(email, password) {
		await this.field('login.email').fill(email);
		await this.field('login.password').fill(password);
		await this.id('sign-in').click();
	}
	/** Comes to the desk and sees the list of a view. */
	async signIn(email, password, view = 'open') {
		await this.go(`/inbox/${view}`);
		await this.fillSignIn(email, password);
		await this.list(view).waitFor();
		await this.live();
	}
	/** The desk is connected to the event stream. */
	live() {
		return this.page.locator('[data-testid=me] i.on').first().waitFor({ state: 'attached' });
	}
	list(view = 'open') {
		return this.page.getByRole('region', { name: this.t(`view.${view}`), exact: true });
	}
	row(subject) {
		return this.id('ticket-row').filter({ hasText: subject });
	}
	/** Follows the link of the list; the page is not loaded anew. */
	async open(subject) {
		await this.rest();
		await this.row(subject).click();
		await this.rest();
		await this.page.getByRole('heading', { level: 1, name: subject }).waitFor();
		await this.message().first().waitFor();
	}
	message(text, kind) {
		const all = kind ? this.page.locator(`[data-testid=message][data-kind=${kind}]`) : this.id('message');
		return text ? all.filter({ hasText: text }) : all;
	}
	get text() {
		return this.id('composer-text');
	}
	async write(text, tab) {
		if (tab) await this.id(`tab-${tab}`).click();
		await this.text.fill(text);
	}
	/** Chooses in the list that a button opened. */
	choose(label) {
		return this.page.getByRole('option', { name: label }).first().click();
	}
	/** What happened, in the thread; more than two in a row are folded at first. */
	async event(text) {
		await until(`the event ${text}`, async () => {
			const folded = this.page.locator('[data-testid=thread] button[aria-expanded=false].fold');
			if (await folded.count()) await folded.last().click();
			return (await this.id('event').filter({ hasText: text }).count()) > 0;
		});
	}
	/** Takes the pointer out of the list: while it is there, new rows wait. */
	rest() {
		return this.page.mouse.move(2, 2);
	}
	toast(text) {
		return this.id('toast').filter({ hasText: text });
	}
	/** A sign in the page that a reload would wipe out. */
	async mark() {
		await this.page.evaluate(() => (window.notReloaded = true));
	}
	async wasReloaded() {
		return !(await this.page.evaluate(() => window.notReloaded));
	}

	/** What axe-core finds that is serious; `rules`: only these. */
	async violations(rules) {
		if (!(await this.page.evaluate(() => 'axe' in window))) await this.page.evaluate(axe);
		const found = await this.page.evaluate((only) => axe.run(document, {
			resultTypes: ['violations'],
			runOnly: only ? { type: 'rule', values: only } : ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
		}), rules ?? null);
		return found.violations
			.filter((v) => v.impact === 'serious' || v.impact === 'critical')
			.map((v) => `${v.id} (${v.impact}): ${v.nodes.slice(0, 4).map((n) => `${n.target.join(' ')} ${n.html.slice(0, 160)} ${(n.any[0] ?? n.all[0])?.message ?? ''}`).join('\n      ')}`);
	}
}
