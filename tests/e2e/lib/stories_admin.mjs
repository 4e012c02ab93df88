// The ledger, the settings, and people of few rights.
import { check, equal } from './suite.mjs';
import { until } from './browser.mjs';
import { totp } from './totp.mjs';

export async function adminStories(w) {
	const { stage, ada } = w;
	const story = w.suite.story.bind(w.suite);

	await story('the ledger shows what came; a quarantined letter is let in', async () => {
		const hops = 'Received: from a.test by b.test; Sun, 22 Nov 2026 10:00:00 +0300\r\n'.repeat(45);
		await ada.go('/ledger/accepted');
		await ada.id('ledger').getByText('Where is order 171').first().waitFor();
		await ada.page.getByRole('link', { name: new RegExp(`^${ada.t('ledger.quarantined')}`) }).click();
		await ada.page.getByRole('heading', { name: ada.t('ledger.empty') }).waitFor();
		await ada.mark();
		await stage.send('boris@customer.test', 'Went round and round', 'help\n', { headers: hops });
		const item = ada.id('intake').filter({ hasText: 'Went round and round' });
		await item.waitFor();
		equal((await stage.api('GET', '/tickets?view=all&limit=200')).items.filter((t) => t.subject === 'Went round and round').length, 0, 'tickets before');
		await item.getByTestId('release').click();
		await item.waitFor({ state: 'detached' });
		check(!(await ada.wasReloaded()), 'the page was loaded anew');
		await stage.ticket('Went round and round');
		await ada.page.getByRole('link', { name: ada.t('ledger.accepted'), exact: true }).click();
		await item.getByText('Ada Admin').waitFor();
		await item.getByRole('link', { name: ada.t('ledger.open') }).click();
		await ada.page.getByRole('heading', { level: 1, name: 'Went round and round' }).waitFor();
		await ada.message('help', 'customer').waitFor();
	});

	await story('what waits is looked at as text, taken by somebody, found and exported', async () => {
		const hops = 'Received: from a.test by b.test; Sun, 22 Nov 2026 10:00:00 +0300\r\n'.repeat(45);
		await stage.send('boris@customer.test', 'Look at me first', '<script>alert(1)</script>\n', { headers: hops });
		await ada.go('/ledger');
		const item = ada.id('intake').filter({ hasText: 'Look at me first' });
		await item.getByTestId('look-at').click();
		await ada.id('look').getByText('<script>alert(1)</script>').waitFor();
		await ada.id('look').getByText('Received: from a.test').first().waitFor();
		await ada.page.keyboard.press('Escape');
		await item.getByTestId('owner').click();
		await ada.page.getByRole('option', { name: /^Ada Admin/ }).click();
		await item.getByTestId('owner').getByText('Ada Admin').waitFor();
		await ada.id('ledger-filters').click();
		await ada.id('ledger-narrow').getByLabel(ada.t('ledger.owner')).selectOption('nobody');
		await item.waitFor({ state: 'detached' });
		await ada.id('ledger-narrow').getByLabel(ada.t('ledger.owner')).selectOption('mine');
		await item.waitFor();
		const counts = await stage.api('GET', '/counts');
		check(counts.quarantined >= 1 && counts.quarantined_since, 'it is not counted as waiting');
		await item.getByTestId('reject').click();
		const dialog = ada.page.getByRole('dialog');
		await dialog.getByLabel(ada.t('reason.label')).fill('Seen');
		await dialog.getByRole('button', { name: ada.t('ledger.reject'), exact: true }).click();
		await item.waitFor({ state: 'detached' });
	});

	await story('one is refused with the reason', async () => {
		const hops = 'Received: from a.test by b.test; Sun, 22 Nov 2026 10:00:00 +0300\r\n'.repeat(45);
		await stage.send('mallory@customer.test', 'Round once more', 'spam\n', { headers: hops });
		await ada.go('/ledger');
		const item = ada.id('intake').filter({ hasText: 'Round once more' });
		await item.getByTestId('reject').click();
		const dialog = ada.page.getByRole('dialog');
		await dialog.getByLabel(ada.t('reason.label')).fill('An advertisement');
		await dialog.getByRole('button', { name: ada.t('ledger.reject'), exact: true }).click();
		await item.waitFor({ state: 'detached' });
		await ada.page.getByRole('link', { name: ada.t('ledger.rejected'), exact: true }).click();
		await item.getByText('An advertisement').waitFor();
	});

	const save = async () => {
		await ada.id('save').click();
		await ada.toast(ada.t('set.saved')).waitFor();
	};

	await story('a line is made', async () => {
		await ada.page.getByRole('link', { name: ada.t('rail.settings') }).first().click();
		await ada.id('settings').getByRole('link', { name: ada.t('set.lines'), exact: true }).click();
		await ada.page.getByRole('link', { name: ada.t('set.lines.new') }).click();
		await ada.id('save').click();
		await ada.page.getByText(ada.t('form.required')).waitFor();
		await ada.page.getByLabel(ada.t('set.name'), { exact: true }).fill('Warranty');
		await save();
		await ada.page.getByRole('link', { name: 'Warranty' }).first().waitFor();
		w.line = (await stage.api('GET', '/lines')).items.find((l) => l.name === 'Warranty');
		check(w.line, 'the line on the server');
	});

	await story('an inbox is made, letters come into its line', async () => {
		await ada.go('/settings/inboxes/new');
		await ada.page.getByLabel(ada.t('set.name'), { exact: true }).fill('Warranty mail');
		const address = ada.page.getByLabel(ada.t('set.inbox.address'), { exact: true });
		await address.fill('support@shop.test');
		await ada.page.getByLabel(ada.t('bulk.line'), { exact: true }).selectOption({ label: 'Warranty' });
		ada.allow(/status of 4\d\d/);
		await ada.id('save').click();
		await ada.page.getByRole('alert').first().waitFor();
		await address.fill('warranty@shop.test');
		await save();
		await stage.send('anna@customer.test', 'Still under warranty', 'It broke on day three. Call +7 921 555-01-71.\n', { to: 'warranty@shop.test' });
		const t = await stage.ticket('Still under warranty');
		equal(t.line.id, w.line.id, 'line of the ticket');
		await ada.page.getByRole('link', { name: 'Warranty' }).first().click();
		await ada.row('Still under warranty').waitFor();
		equal(await ada.id('ticket-row').count(), 1, 'tickets in the line');
	});

	let oscar;
	const oscarPassword = 'oscar picks this himself';
	await story('an outsourced person is invited and sets a password by the link', async () => {
		await ada.go('/settings/people/new');
		await ada.page.getByLabel(ada.t('set.person.name'), { exact: true }).fill('Oscar Outside');
		await ada.page.getByLabel(ada.t('login.email'), { exact: true }).fill('oscar@partner.test');
		await ada.page.getByLabel(ada.t('set.role'), { exact: true }).selectOption({ label: ada.t('role.outsourced') });
		await ada.page.getByRole('switch', { name: ada.t('set.person.alllines') }).click();
		await ada.page.getByRole('checkbox', { name: 'Warranty' }).check();
		await save();
		await ada.id('invite').click();
		const link = await ada.id('secret').getByRole('textbox').inputValue();
		check(link.startsWith(`${stage.url}/invitation/`), link);
		oscar = await w.sit();
		await oscar.page.goto(link);
		await oscar.page.getByText('Oscar Outside').waitFor();
		await oscar.page.getByLabel(oscar.t('invite.password')).fill(oscarPassword);
		await oscar.button('invite.submit').click();
		await oscar.list('mine').waitFor();
		await oscar.live();
		await oscar.id('me').click();
		await oscar.button('me.signout').click();
		await oscar.fillSignIn('oscar@partner.test', oscarPassword);
		await oscar.list('mine').waitFor();
		oscar.allow(/status of 4\d\d .*(invitations|counts)/);
		await oscar.page.goto(link);
		await oscar.page.getByRole('heading', { name: oscar.t('invite.gone') }).waitFor();
	});

	await story('the outsourced person sees one line, and addresses masked', async () => {
		await oscar.go('/inbox/all');
		await oscar.row('Still under warranty').waitFor();
		equal(await oscar.id('ticket-row').count(), 1, 'tickets that Oscar sees');
		const nav = oscar.page.getByRole('navigation').first();
		equal(await nav.getByRole('link', { name: 'Warranty' }).count(), 1, 'his line in the rail');
		equal(await nav.getByRole('link', { name: stage.facts.line.name, exact: true }).count(), 0, 'other lines in the rail');
		for (const key of ['rail.quarantine']) equal(await nav.getByRole('link', { name: oscar.t(key) }).count(), 0, key);
		await oscar.open('Still under warranty');
		await oscar.message('It broke on day three', 'customer').waitFor();
		const page = await oscar.page.locator('body').innerText();
		check(!page.includes('anna@customer.test'), 'the address of the customer is shown');
		// A ticket of another line does not exist for him, neither by its number nor by words.
		const other = await stage.ticket('Where is order 171');
		oscar.allow(/status of 404/);
		await oscar.go(`/tickets/${other.id}`);
		await oscar.page.getByRole('heading', { name: oscar.t('ticket.gone') }).waitFor();
		await oscar.go('/search?q=курьера');
		await oscar.page.getByText(oscar.t('search.none')).waitFor();
		await oscar.go('/settings');
		await oscar.id('settings').waitFor();
		for (const key of ['set.people', 'set.inboxes', 'set.system'])
			equal(await oscar.id('settings').getByRole('link', { name: oscar.t(key), exact: true }).count(), 0, key);
	});

	await story('what happens elsewhere does not reach the outsourced person', async () => {
		await oscar.go('/inbox/all');
		await oscar.row('Still under warranty').waitFor();
		await oscar.live();
		await oscar.rest();
		await stage.send('boris@customer.test', 'Not for Oscar', 'x\n');
		await stage.ticket('Not for Oscar');
		await stage.send('anna@customer.test', 'For Oscar', 'y\n', { to: 'warranty@shop.test' });
		await oscar.row('For Oscar').filter({ hasNotText: 'Not' }).waitFor();
		equal(await oscar.row('Not for Oscar').count(), 0, 'the other ticket');
		await w.suite.dismiss(oscar);
	});

	await story('one-time codes are set up and asked for', async () => {
		const vic = await w.sit();
		const login = ['vic@otklik.test', 'vic uses two factors'];
		await stage.person('Vic Careful', ...login, 'agent', { language: 'en' });
		await vic.signIn(...login);
		await vic.go('/settings/me');
		await vic.field('login.password').fill(login[1]);
		await vic.button('me.totp.begin').click();
		await vic.page.getByRole('img', { name: vic.t('me.totp.qr') }).waitFor();
		const secret = await vic.page.locator('code').innerText();
		vic.allow(/status of 4\d\d .*totp/);
		const code = vic.field('login.totp');
		await code.fill(totp(secret, 0));
		await vic.button('me.totp.confirm').click();
		await vic.page.getByRole('alert').first().waitFor();
		const now = Date.now();
		await code.fill(totp(secret, now));
		await vic.button('me.totp.confirm').click();
		await vic.page.getByText(vic.t('me.totp.on')).waitFor();
		await vic.id('me').click();
		await vic.button('me.signout').click();
		await vic.fillSignIn(...login);
		await vic.page.getByRole('heading', { name: vic.t('login.totp') }).waitFor();
		await code.fill('000000');
		await vic.id('sign-in').click();
		await vic.page.getByText(vic.t('login.totp.wrong')).waitFor();
		// The code that set it up has been used; the next one is taken.
		await code.fill(totp(secret, now + 30_000));
		await vic.id('sign-in').click();
		await vic.id('me').waitFor();
		await w.suite.dismiss(vic);
	});
}
