// Every page: what axe-core says of it in both themes, and that a phone need not scroll sideways.
import { check } from './suite.mjs';
import { until } from './browser.mjs';

export async function lookStories(w) {
	const { stage, ada } = w;
	if (w.suite.engine !== 'sqlite') return; // looks do not depend on the engine
	const story = w.suite.story.bind(w.suite);
	const all = await stage.api('GET', '/tickets?view=all&limit=200');
	if (!all.items.some((t) => t.subject === 'Where is order 171')) return; // the stories before were left out
	const ticket = (await stage.ticket('Where is order 171')).id;
	const contact = (await stage.api('GET', `/tickets/${ticket}`)).contact.id;
	const sender = (await stage.api('GET', '/senders')).items[0];
	const article = (await stage.api('GET', '/articles')).items[0];
	const pages = {
		...(article ? { [`/articles/${article.id}`]: (p) => p.id('article-page') } : {}),
		'/inbox/open': (p) => p.id('ticket-row').first(),
		'/inbox/spam': (p) => p.page.getByText(p.t('list.empty')),
		[`/inbox/open/${ticket}`]: (p) => p.message().first(),
		'/new': (p) => p.id('send-new'),
		'/search?q=курьера': (p) => p.id('search-hit').first(),
		'/ledger/all': (p) => p.id('intake').first(),
		'/contacts': (p) => p.page.getByRole('table'),
		[`/contacts/${contact}`]: (p) => p.page.getByLabel(p.t('contact.note'), { exact: true }),
		'/settings/me': (p) => p.page.getByRole('heading', { name: p.t('me.sessions') }),
		'/settings/tokens': (p) => p.page.getByRole('heading', { name: p.t('set.token.new') }),
		'/settings/lines': (p) => p.id('thing').first(),
		'/settings/lines/new': (p) => p.id('save'),
		'/settings/people': (p) => p.id('thing').first(),
		'/settings/people/new': (p) => p.id('save'),
		'/settings/roles': (p) => p.id('thing').first(),
		'/settings/inboxes/new': (p) => p.id('save'),
		'/settings/tags': (p) => p.page.getByLabel(p.t('set.tag.new'), { exact: true }),
		'/ledger': (p) => p.id('ledger-filters'),
		'/settings/mailboxes': (p) => p.page.getByRole('heading', { name: p.t('set.mailboxes'), exact: true }),
		'/settings/mailboxes/new': (p) => p.field('set.mailbox.host'),
		'/settings/senders': (p) => p.page.getByRole('heading', { name: p.t('set.senders'), exact: true }),
		'/settings/senders/new': (p) => p.field('set.sender.serves'),
		'/settings/oauth/new': (p) => p.field('set.oauth.url'),
		'/settings/retention': (p) => p.page.getByRole('heading', { name: p.t('set.retention'), exact: true }),
		'/settings/retention/new': (p) => p.field('set.retention.action'),
		'/settings/privacy': (p) => p.page.getByRole('heading', { name: p.t('set.privacy.runs') }),
		'/settings/system': (p) => p.button('set.system.pause'),
		...(sender ? { [`/settings/senders/${sender.id}`]: (p) => p.id('sender-test') } : {}),
		'/triage': (p) => p.page.getByRole('heading', { name: p.t('triage.empty') }).or(p.id('triage-row').first()),
		'/training': (p) => p.id('measures'),
		'/settings/categories': (p) => p.id('thing').first(),
		'/settings/categories/new': (p) => p.id('save'),
		'/nowhere': (p) => p.page.getByRole('heading', { name: p.t('notfound.title') }),
	};
	/** Things that open over a page. */
	const over = {
		palette: [(p) => p.page.keyboard.press('Control+k'), (p) => p.page.getByTestId('palette').getByRole('option').first()],
		keys: [(p) => p.page.keyboard.press('Shift+Slash'), (p) => p.page.getByRole('dialog', { name: p.t('keys.title') })],
		merge: [
			async (p) => {
				await p.id('ticket').getByRole('button', { name: p.t('action.more'), exact: true }).click();
				await p.page.getByRole('menuitem', { name: p.t('cmd.merge') }).click();
			},
			(p) => p.page.getByRole('dialog', { name: p.t('cmd.merge') }),
		],
		menu: [(p) => p.id('me').click(), (p) => p.page.getByRole('radio', { name: 'Русский' })],
		status: [(p) => p.id('status').click(), (p) => p.page.getByRole('option').first()],
		category: [(p) => p.id('fix-category').click(), (p) => p.page.getByRole('combobox', { name: p.t('sense.find') })],
		fact: [(p) => p.id('add-fact').click(), (p) => p.page.getByRole('listbox', { name: p.t('fact.add') })],
	};

	// Between the themes only colours differ.
	for (const [theme, rules] of [['light', undefined], ['dark', ['color-contrast']]]) {
		await story(`no page has serious faults of accessibility (${theme})`, async () => {
			const found = new Map();
			const look = async (name) => {
				for (const v of await ada.violations(rules)) found.set(v, [...(found.get(v) ?? []), name]);
				const over = await ada.page.evaluate(() => document.scrollingElement.scrollHeight - innerHeight);
				if (over > 0) found.set('the page is higher than the window', [...(found.get('the page is higher than the window') ?? []), `${name} by ${over} px`]);
			};
			await stage.api('PATCH', '/me', { theme });
			await ada.go('/inbox/open');
			for (const [path, there] of Object.entries(pages)) {
				await ada.visit(path);
				await there(ada).waitFor();
				await look(path);
			}
			await ada.visit(`/inbox/open/${ticket}`);
			await ada.message().first().waitFor();
			// Beside a list and a panel the heading keeps enough of each word to be told by.
			for (const id of ['assignee', 'line']) {
				const [is, whole] = await ada.id(id).evaluate((el) => [el.clientWidth, el.scrollWidth]);
				check(is >= Math.min(whole, 44), `${id} has ${is} of ${whole} px`);
			}
			for (const [name, [open, there]] of Object.entries(over)) {
				await ada.message().first().waitFor();
				await open(ada);
				await there(ada).waitFor();
				await look(name);
				await ada.page.keyboard.press('Escape');
				await there(ada).waitFor({ state: 'hidden' });
			}
			check(!found.size, [...found].map(([v, names]) => `${names.join(' ')}: ${v}`).join('\n'));
		});
		await story(`the sign-in page has no serious faults of accessibility (${theme})`, async () => {
			const p = await w.sit({ dark: theme === 'dark' });
			await p.go('/');
			await p.id('sign-in').waitFor();
			check(!(await p.violations()).length, (await p.violations()).join('\n'));
			await w.suite.dismiss(p);
		});
	}

	for (const lang of ['en', 'ru']) {
		await story(`a phone does not scroll sideways (${lang})`, async () => {
			await stage.api('PATCH', '/me', { theme: 'light', language: lang });
			const p = await w.sit({ lang, size: [390, 844] });
			const wide = [];
			const look = async (name) => {
				// Strips of tabs and tables of numbers may; nothing else scrolls, and nothing sticks out of the window.
				const over = await p.page.evaluate(() => {
					const names = [...document.querySelectorAll('body, body *')]
						.filter((el) => !el.closest('nav, .vh, svg, [role=region][tabindex]') && el.scrollWidth > el.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(el).overflowX))
						.map((el) => `${el.tagName.toLowerCase()}.${el.className} by ${el.scrollWidth - el.clientWidth} px`);
					if (document.documentElement.scrollWidth > innerWidth) names.push(`the page by ${document.documentElement.scrollWidth - innerWidth} px`);
					const page = document.scrollingElement.scrollHeight - innerHeight;
					if (page > 0) names.push(`the page is ${page} px higher than the window`);
					return names;
				});
				wide.push(...over.map((x) => `${name}: ${x}`));
			};
			await p.go('/');
			await p.id('sign-in').waitFor();
			await look('sign-in');
			await p.fillSignIn(w.logins.admin.email, w.logins.admin.password);
			await p.list('mine').waitFor();
			for (const [path, there] of Object.entries(pages)) {
				await p.visit(path);
				await there(p).waitFor();
				await look(path);
			}
			// By hand: from the list to a ticket, to the side panel and back.
			await p.visit('/inbox/all');
			await p.row('Where is order 171').click();
			await p.message().first().waitFor();
			await look('ticket');
			await p.button('side.label').click();
			await p.id('side').getByRole('heading', { name: p.t('side.tags') }).waitFor();
			await look('side panel');
			await p.id('side').getByRole('button', { name: p.t('action.back') }).click();
			await p.message().first().waitFor();
			await p.id('ticket').getByRole('button', { name: p.t('action.back') }).click();
			await until('the list again', () => p.row('Where is order 171').isVisible());
			await p.page.getByRole('navigation', { name: p.t('nav.sections') }).getByRole('button', { name: p.t('nav.sections') }).click();
			await p.page.getByRole('link', { name: p.t('view.pending') }).click();
			await p.list('pending').waitFor();
			check(!wide.length, `too wide:\n${wide.join('\n')}`);
			await w.suite.dismiss(p);
			await stage.api('PATCH', '/me', { language: 'en' });
		});
	}
}
