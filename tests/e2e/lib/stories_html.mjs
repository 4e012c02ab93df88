// What is left of other people's attacks once a letter's HTML was cleaned: shown as the desk shows
// it, and once more without the frame's walls, so that the cleaner is judged alone.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Skip, equal } from './suite.mjs';

const HOST = 'https://letters.test';
const BATCH = 50; // frames on a page
const TOGETHER = 10; // letters in a frame: what is cleaned is well-formed, and a frame is dear
const SANDBOX = 'allow-same-origin allow-popups allow-popups-to-escape-sandbox';

/** The cleaned cases, some to a page, or null where the data or the tool is absent. */
function cleaned(binary) {
	const root = fileURLToPath(new URL('../../..', import.meta.url));
	const data = process.env.OTKLIK_DATA || resolve(root, '../shared/data');
	const cases = join(data, 'html/cases.jsonl');
	const tool = join(dirname(binary), '../../tools/html-corpus');
	if (!existsSync(cases) || !existsSync(tool)) return null;
	const dir = mkdtempSync(join(tmpdir(), 'otklik-html-'));
	try {
		execFileSync(tool, [cases, '--out', join(dir, 'out.jsonl')]);
		const all = readFileSync(join(dir, 'out.jsonl'), 'utf8').trim().split('\n').map((l) => JSON.parse(l).output);
		return all.flatMap((_, i) => (i % TOGETHER ? [] : [all.slice(i, i + TOGETHER).map((o) => `<div>${o}</div>`).join('')]));
	} finally {
		rmSync(dir, { recursive: true });
	}
}

/** Shows each page in a frame; what ran, called out, opened or was stopped at the wall. */
async function show(browser, list, policy) {
	const context = await browser.newContext();
	const found = new Set();
	const tell = (what) => found.add(what.slice(0, 300));
	await context.exposeFunction('__ran', (what) => tell(`ran: ${what}`));
	await context.addInitScript(() => {
		for (const name of ['alert', 'confirm', 'prompt', 'print', 'open', 'eval'])
			window[name] = (x) => top.__ran(`${name}(${x}) in ${location.href}`);
	});
	await context.route('**/*', (r) => {
		const url = r.request().url();
		const [, kind, n] = url.match(/^https:\/\/letters\.test\/(case|host)\/(\d+)$/) ?? [];
		if (!kind) {
			tell(`asked for ${url}`);
			return r.abort();
		}
		if (kind === 'case')
			return r.fulfill({
				contentType: 'text/html; charset=utf-8',
				headers: policy ? { 'content-security-policy': policy } : {},
				body: `<!doctype html><meta charset="utf-8"><body>${list[n]}</body>`,
			});
		const sandbox = policy ? ` sandbox="${SANDBOX}"` : '';
		const frames = list.slice(+n, +n + BATCH).map((_, i) => `<iframe${sandbox} src="${HOST}/case/${+n + i}"></iframe>`);
		return r.fulfill({ contentType: 'text/html', body: `<!doctype html><body>${frames.join('')}</body>` });
	});
	context.on('page', (p) => {
		p.on('dialog', (d) => (tell(`dialog: ${d.message()}`), d.dismiss()));
		p.on('console', (m) => /Blocked script|violates the following/.test(m.text()) && tell(m.text()));
	});
	const page = await context.newPage();
	for (let n = 0; n < list.length; n += BATCH) {
		await page.goto(`${HOST}/host/${n}`, { waitUntil: 'load' });
		if (!page.url().endsWith(`/host/${n}`)) tell(`the page became ${page.url()}`);
		if (context.pages().length > 1) tell('a window was opened');
		const frames = page.frames().length - 1;
		if (frames !== Math.min(BATCH, list.length - n)) tell(`${frames} frames at ${n}`);
	}
	await context.close();
	return [...found].join('\n');
}

export async function htmlStories(w) {
	if (w.suite.engine !== 'sqlite') return;
	const list = cleaned(w.binary);
	await w.suite.story('no cleaned letter of others runs anything in its frame', async () => {
		if (!list || !w.letterPolicy) throw new Skip();
		equal(await show(w.browser, list, w.letterPolicy), '', 'what the letters did');
	});
	await w.suite.story('nor without the walls of the frame', async () => {
		if (!list) throw new Skip();
		equal(await show(w.browser, list, ''), '', 'what the letters did');
	});
}
