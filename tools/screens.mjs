// The worker of screens.sh: screens.mjs URL PASSWORD FOLDER|--readme
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launch, Person, until } from '../tests/e2e/lib/browser.mjs';

const [url, password, folder] = process.argv.slice(2);
const only = new RegExp(process.env.OTKLIK_SCREENS_ONLY ?? '');
const SIZES = { 1440: [1440, 900], 390: [390, 844] };
const DESK = { en: 'jonah@demo.example', ru: 'igor@demo.example' };
const SUBJECT = { en: 'Returned item received', ru: 'Где мой заказ' };
const DRAFT = {
	en: 'Hi Priya, your full refund is on its way to your card and will arrive by {{refund.date}}. I am sorry we gave you two different answers.',
	ru: 'Марина, посылка уже в вашем городе, курьер привезёт её {{delivery.date}}. Простите за два разных ответа.',
};
const NOTE = { en: 'The warehouse confirms: the carrier crushed the box.', ru: 'Склад подтвердил: коробку помял перевозчик.' };
const browser = await launch();
let taken = 0;

async function sit(login, lang, theme, size) {
	const p = await Person.sit(browser, url, { lang, size, dark: theme === 'dark' });
	if (login) {
		await p.go('/inbox/open');
		await p.fillSignIn(login, password);
		await p.id('composer').or(p.page.locator('[data-ticket]')).first().waitFor();
		await p.page.evaluate(
			(me) => fetch('/api/v1/me', { method: 'PATCH', headers: { 'Content-Type': 'application/json', 'X-Requested-With': 'otklik' }, body: JSON.stringify(me) }),
			{ theme, language: lang },
		);
		await p.go('/inbox/open');
		await p.page.locator('[data-ticket]').first().waitFor();
	}
	return p;
}
/** Pictures, frames and fonts are there, and nothing moves. */
async function shot(p, path) {
	await p.rest();
	await p.page.evaluate(() => document.fonts.ready);
	await until('pictures', () => p.page.evaluate(() => [...document.images].every((i) => i.complete)));
	await p.page.screenshot({ path, animations: 'disabled', caret: 'hide' });
	taken++;
}
async function openSubject(p, lang) {
	await p.row(SUBJECT[lang]).first().click();
	await p.message().first().waitFor();
}

if (folder === '--readme') {
	const p = await sit(DESK.en, 'en', 'light', SIZES[1440]);
	await openSubject(p, 'en');
	await p.write(DRAFT.en, 'reply');
	await p.page.getByText(p.t('composer.saved')).waitFor();
	await shot(p, 'doc/screenshot.png');
} else {
	mkdirSync(folder, { recursive: true });
	await furnish();
	for (const lang of ['en', 'ru'])
		for (const theme of ['light', 'dark'])
			for (const width of [1440, 390]) await pages(lang, theme, width);
}
await browser.close();
console.log(`${taken} pictures`);

/** What the demo company has none of: ways of mail, rules of keeping, a legal hold. */
async function furnish() {
	const a = await sit('admin@demo.example', 'en', 'light', SIZES[1440]);
	const post = (path, body) =>
		a.page.evaluate(
			async ([to, b]) => {
				const r = await fetch(`/api/v1${to}`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Requested-With': 'otklik' }, body: JSON.stringify(b) });
				if (!r.ok) throw new Error(`${to}: ${await r.text()}`);
				return r.json();
			},
			[path, body],
		);
	const token = 'https://login.example.com/oauth2/token';
	await post('/oauth-credentials', { name: 'Office 365', token_url: token, client_id: 'lumen-desk', refresh_token: 'a token', hosts: 'outlook.office.example smtp.office.example' });
	await post('/mailboxes', { inbox_id: 1, host: 'imap.lumen.example', username: 'help@lumen.example', password: 'secret', folder: 'INBOX' });
	await post('/mailboxes', { inbox_id: 2, host: 'outlook.office.example', username: 'warranty.and.returns@lumen.example', auth: 'xoauth2', oauth_id: 1, folder: 'INBOX/Support' });
	await post('/senders', { name: 'Lumen mail', brand_id: 1, host: 'smtp.lumen.example', auth: 'password', username: 'help@lumen.example', password: 'secret', position: 1 });
	await post('/senders', { name: 'Office', brand_id: 1, host: 'smtp.office.example', auth: 'xoauth2', username: 'help@lumen.example', oauth_credential_id: 1, serves: 'lumen.example', hour_most: 300 });
	await post('/retention', { name: 'Three years', action: 'erase', age_days: 1095, active: true });
	await post('/retention', { name: 'Files: one year', action: 'attachments', age_days: 365, status: 'closed', line_id: 1, active: false });
	await post('/contacts/3/hold', { reason: 'Claim 2-114/2026' });
	await a.leave();
}

async function pages(lang, theme, width) {
	const phone = width === 390;
	const take = async (p, name, fn) => {
		const file = `${name}-${lang}-${theme}-${width}.png`;
		if (!only.test(file)) return;
		try {
			await fn?.();
			await shot(p, join(folder, file));
		} catch (e) {
			console.error(`${file}: ${e.message.split('\n')[0]}`);
			await p.page.screenshot({ path: join(folder, `failed-${file}`) }).catch(() => {});
		}
	};
	const close = (p) => p.page.keyboard.press('Escape');

	const nobody = await sit(null, lang, theme, SIZES[width]);
	await take(nobody, 'login', async () => {
		await nobody.go('/');
		await nobody.id('sign-in').waitFor();
	});
	if (theme === 'light') await take(nobody, 'login-wrong', async () => {
		await nobody.fillSignIn('somebody@demo.example', 'not the password');
		await nobody.page.getByRole('alert').waitFor();
	});
	await take(nobody, 'invitation-gone', async () => {
		await nobody.go('/invitation/none');
		await nobody.page.getByText(nobody.t('invite.gone')).waitFor();
	});
	await nobody.leave();

	const p = await sit(DESK[lang], lang, theme, SIZES[width]);
	await take(p, 'list');
	if (!phone)
		await take(p, 'list-chosen', async () => {
			const rows = p.page.getByRole('listitem').filter({ has: p.id('ticket-row') });
			for (const i of [0, 2]) {
				await rows.nth(i).hover();
				await rows.nth(i).getByRole('checkbox').click();
			}
			await p.id('bulk-bar').waitFor();
		});
	await p.go('/inbox/open');
	const inTicket = async (tab, text) => {
		await p.page.locator('[data-ticket]').first().or(p.id('composer')).first().waitFor();
		if (!(await p.id('composer').isVisible())) await openSubject(p, lang);
		await p.write(text ?? '', tab);
	};
	await take(p, 'ticket', () => inTicket('reply'));
	await take(p, 'ticket-draft', async () => {
		await inTicket('reply', DRAFT[lang]);
		await p.page.getByText(p.t('composer.saved')).waitFor({ state: 'attached' });
	});
	await take(p, 'ticket-note', () => inTicket('note', NOTE[lang]));
	await take(p, 'ticket-side-thread', async () => {
		await inTicket('note');
		await inTicket('side');
	});
	if (!phone) {
		await take(p, 'ticket-category', async () => {
			await inTicket('reply');
			await p.id('fix-category').click();
			await p.page.getByRole('combobox', { name: p.t('sense.find') }).waitFor();
		});
		await close(p);
		await take(p, 'ticket-why', async () => {
			await inTicket('reply');
			await p.id('why-open').click();
			await p.id('why-popover').waitFor();
		});
		await close(p);
		await take(p, 'ticket-similar', async () => {
			await inTicket('reply');
			await p.id('suggestions').getByTestId('similar').or(p.id('suggestions').getByTestId('article')).first().getByRole('button').click();
			await p.id('suggestions').scrollIntoViewIfNeeded();
		});
	}
	if (phone)
		await take(p, 'ticket-side', async () => {
			await inTicket('reply');
			await p.button('side.label').click();
			await p.id('side').getByRole('heading', { name: p.t('side.tags') }).waitFor();
		});
	else {
		await take(p, 'ticket-status', async () => {
			await inTicket('reply');
			await p.id('status').click();
		});
		await close(p);
		await take(p, 'ticket-merge', async () => {
			await inTicket('reply');
			await p.id('ticket').getByRole('button', { name: p.t('cmd.merge'), exact: true }).click();
			await p.page.getByRole('dialog').waitFor();
		});
		await close(p);
		await take(p, 'palette', async () => {
			await p.page.keyboard.press('Control+k');
			await p.id('palette').getByRole('combobox').fill(lang === 'ru' ? 'заказ' : 'refund');
			await p.id('palette').getByText(p.t('list.label')).waitFor();
		});
		await close(p);
		await take(p, 'keys', async () => {
			await p.go('/inbox/open');
			await p.page.locator('[data-ticket]').first().waitFor();
			await p.page.keyboard.press('Shift+Slash');
			await p.page.getByRole('dialog').waitFor();
		});
		await close(p);
		await take(p, 'me', async () => {
			await p.id('me').click();
			await p.page.getByRole('radio').first().waitFor();
		});
		await close(p);
	}
	if (phone)
		await take(p, 'sections', async () => {
			await p.go('/inbox/open');
			await p.page.getByRole('button', { name: p.t('nav.sections') }).click();
			await p.page.getByRole('link', { name: p.t('view.pending') }).waitFor();
		});
	await take(p, 'list-empty', async () => {
		await p.go('/inbox/spam');
		await p.page.getByText(p.t('list.empty')).waitFor();
	});
	await take(p, 'new', async () => {
		await p.visit('/new');
		await p.id('send-new').waitFor();
	});
	await take(p, 'search', async () => {
		await p.go(`/search?q=${encodeURIComponent(lang === 'ru' ? 'заказ -статус:решено' : 'refund -status:solved')}`);
		await p.id('search-hit').first().waitFor();
	});
	await take(p, 'search-offers', async () => {
		await p.go('/search');
		await p.id('search-input').pressSequentially(lang === 'ru' ? 'заказ статус:о' : 'refund status:o');
		await p.id('search-offers').waitFor();
	});
	await take(p, 'search-instead', async () => {
		await p.go(`/search?q=${encodeURIComponent(lang === 'ru' ? 'pfrfp' : 'reffund')}`);
		await p.id('search-instead').waitFor();
	});
	await take(p, 'triage', async () => {
		await p.go('/triage');
		await p.id('guess').first().waitFor();
	});
	await take(p, 'not-found', async () => {
		await p.visit('/nowhere');
		await p.page.getByRole('heading', { name: p.t('notfound.title') }).waitFor();
	});
	await p.leave();

	const a = await sit('admin@demo.example', lang, theme, SIZES[width]);
	await take(a, 'ledger-look', async () => {
		await a.go('/ledger');
		await a.id('ledger-filters').click();
		await a.id('look-at').first().click();
		await a.id('look').locator('pre').first().waitFor();
	});
	await take(a, 'ledger-filters', async () => {
		await a.go('/ledger');
		await a.id('ledger-filters').click();
		await a.id('ledger-narrow').waitFor();
		await a.id('intake').first().waitFor();
	});
	const dialog = () => a.page.getByRole('dialog');
	await take(a, 'ledger-reject', async () => {
		await a.go('/ledger');
		await a.id('intake').first().getByTestId('reject').click();
		await dialog().waitFor();
	});
	await take(a, 'ledger-none', async () => {
		await a.go('/ledger/rejected');
		await a.page.getByRole('heading', { name: a.t('set.none') }).waitFor();
	});
	await take(a, 'contact-erase', async () => {
		await a.go('/contacts/1');
		await a.id('erase-open').click();
		await dialog().getByRole('textbox').waitFor();
	});
	await take(a, 'contact-erase-held', async () => {
		await a.go('/contacts/3');
		await a.id('erase-open').click();
		await a.id('erase-held').waitFor();
	});
	await take(a, 'contact-hold', async () => {
		await a.go('/contacts/1');
		await a.button('hold.set').click();
		await dialog().waitFor();
	});
	await take(a, 'contact-held', async () => {
		await a.go('/contacts/3');
		await a.id('hold').waitFor();
	});
	await take(a, 'ticket-redact', async () => {
		await a.go('/inbox/open');
		await openSubject(a, lang);
		await a.message(undefined, 'customer').first().getByRole('button', { name: a.t('message.details') }).click();
		await a.id('redact-open').click();
		await dialog().getByRole('textbox').first().waitFor();
	});
	const wrong = async (path, fields) => {
		await a.go(path);
		for (const [label, value] of fields) await a.page.getByLabel(a.t(label), { exact: true }).fill(value);
		await a.id('save').click();
		await a.page.getByText(a.t('form.required')).first().waitFor();
	};
	await take(a, 'settings-mailbox-wrong', () => wrong('/settings/mailboxes/new', [['set.mailbox.host', 'imap.lumen.example']]));
	await take(a, 'settings-sender-wrong', () => wrong('/settings/senders/new', [['set.name', 'Lumen']]));
	await take(a, 'settings-mailbox-failed', async () => {
		await a.go('/settings/mailboxes/1');
		await a.button('set.mailbox.test').click();
		await a.id('mailbox-state').getByRole('status').locator('.danger').waitFor();
	});
	for (const [name, more] of Object.entries({
		'settings-system-sends': { no_send: false, no_send_reason: '' },
		'settings-system-stopped': { no_send: true, no_send_reason: 'paused', no_send_note: lang === 'ru' ? 'Перепутаны адреса в рассылке' : 'Wrong addresses in the campaign', no_send_by: 'Ada', no_send_at: new Date().toISOString() },
	}))
		await take(a, name, async () => {
			await a.page.route('**/api/v1/system', async (r) => {
				const answer = await r.fetch();
				await r.fulfill({ response: answer, json: { ...(await answer.json()), ...more } });
			});
			await a.go('/settings/system');
			await a.page.getByText(a.t('set.system.version')).waitFor();
			await a.page.unroute('**/api/v1/system');
		});
	const simple = {
		'settings-senders': ['/settings/senders', () => a.id('thing').first()],
		'settings-sender': ['/settings/senders/1', () => a.id('sender-test')],
		'settings-mailboxes': ['/settings/mailboxes', () => a.id('thing').first()],
		'settings-mailbox': ['/settings/mailboxes/1', () => a.id('mailbox-state')],
		'settings-mailbox-new': ['/settings/mailboxes/new', () => a.field('set.mailbox.host')],
		'settings-oauth': ['/settings/oauth', () => a.id('thing').first()],
		'settings-oauth-one': ['/settings/oauth/1', () => a.page.getByLabel(a.t('set.oauth.url'), { exact: true })],
		'settings-retention': ['/settings/retention', () => a.id('thing').first()],
		'settings-retention-one': ['/settings/retention/1', () => a.page.getByLabel(a.t('set.retention.action'), { exact: true })],
		'settings-privacy': ['/settings/privacy', () => a.id('hold').first()],
		'ledger': ['/ledger', () => a.id('intake').first()],
		'ledger-all': ['/ledger/all', () => a.id('intake').first()],
		'contacts': ['/contacts', () => a.page.getByRole('table')],
		'contact': ['/contacts/1', () => a.page.getByLabel(a.t('contact.note'), { exact: true })],
		'settings-me': ['/settings/me', () => a.page.getByRole('heading', { name: a.t('me.sessions') })],
		'settings-tokens': ['/settings/tokens', () => a.page.getByRole('heading', { name: a.t('set.token.new') })],
		'settings-lines': ['/settings/lines', () => a.id('thing').first()],
		'settings-line': ['/settings/lines/1', () => a.page.getByLabel(a.t('set.name'), { exact: true })],
		'settings-people': ['/settings/people', () => a.id('thing').first()],
		'settings-person': ['/settings/people/6', () => a.id('invite')],
		'settings-roles': ['/settings/roles', () => a.id('thing').first()],
		'settings-role-new': ['/settings/roles/new', () => a.id('save')],
		'settings-inboxes': ['/settings/inboxes', () => a.id('thing').first()],
		'settings-inbox': ['/settings/inboxes/1', () => a.page.getByLabel(a.t('set.name'), { exact: true })],
		'settings-brands': ['/settings/brands', () => a.id('thing').first()],
		'settings-fields': ['/settings/fields', () => a.page.getByRole('heading', { name: a.t('set.fields'), exact: true })],
		'settings-tags': ['/settings/tags', () => a.page.getByLabel(a.t('set.tag.new'), { exact: true })],
		'settings-categories': ['/settings/categories', () => a.id('thing').first()],
		'settings-category': ['/settings/categories/1', () => a.page.getByLabel(a.t('set.category.name.en'), { exact: true })],
		'training': ['/training', () => a.id('threshold')],
		'settings-system': ['/settings/system', () => a.page.getByText(a.t('set.system.version'))],
	};
	for (const [name, [path, there]] of Object.entries(simple))
		await take(a, name, async () => {
			await a.visit(path);
			await there().waitFor();
		});
	await a.leave();
}
