// The worker of screens.sh: screens.mjs URL PASSWORD FOLDER|--readme
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launch, Person, until } from '../tests/e2e/lib/browser.mjs';

const [url, password, folder] = process.argv.slice(2);
const only = process.env.OTKLIK_SCREENS_ONLY ?? '';
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
	for (const lang of ['en', 'ru'])
		for (const theme of ['light', 'dark'])
			for (const width of [1440, 390]) await pages(lang, theme, width);
}
await browser.close();
console.log(`${taken} pictures`);

async function pages(lang, theme, width) {
	const phone = width === 390;
	const take = async (p, name, fn) => {
		const file = `${name}-${lang}-${theme}-${width}.png`;
		if (!file.includes(only)) return;
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
		await p.go(`/search?q=${lang === 'ru' ? 'заказ' : 'refund'}`);
		await p.id('search-hit').first().waitFor();
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
	const simple = {
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
		'settings-system': ['/settings/system', () => a.page.getByText(a.t('set.system.version'))],
	};
	for (const [name, [path, there]] of Object.entries(simple))
		await take(a, name, async () => {
			await a.visit(path);
			await there().waitFor();
		});
	await a.leave();
}
