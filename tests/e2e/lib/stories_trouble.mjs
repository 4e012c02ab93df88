// Two processes on one database, and a server that is killed before one's eyes.
import { check, equal, Skip } from './suite.mjs';
import { Person, until } from './browser.mjs';

export async function troubleStories(w) {
	const { stage, ada } = w;
	const story = w.suite.story.bind(w.suite);

	await story('two processes share one PostgreSQL: what happens in one is live in the other', async () => {
		if (w.suite.engine !== 'pg') throw new Skip();
		const url = await stage.ask('start_second');
		const second = w.suite.watch(await Person.sit(w.browser, url));
		await second.signIn(w.logins.olga.email, w.logins.olga.password);
		await second.rest();
		await second.mark();
		await stage.send('boris@customer.test', 'Across two processes', 'hello\n'); // comes to the first
		await second.row('Across two processes').waitFor();
		await second.open('Across two processes');
		await ada.go('/inbox/open');
		await ada.rest();
		await ada.live();
		await ada.open('Across two processes');
		await second.write('Answered through the second.', 'reply');
		await second.id('send').click();
		for (const p of [ada, second]) await p.message('Answered through the second', 'agent').locator('[data-state=sent]').waitFor();
		await ada.id('status').filter({ hasText: ada.t('status.pending') }).waitFor();
		await ada.id('assignee').click();
		await ada.choose('Olga Agent');
		await second.id('assignee').filter({ hasText: 'Olga Agent' }).waitFor();
		check(!(await second.wasReloaded()), 'the page was loaded anew');
		const letters = (await stage.letters('boris@customer.test')).filter((l) => l.text.includes('through the second'));
		equal(letters.length, 1, 'letters to the customer');
		await w.suite.dismiss(second);
		await stage.ask('end_second');
	});

	await story('where WebSockets do not pass, events come by a stream', async () => {
		const p = await w.sit();
		await p.context.addInitScript(() => {
			window.WebSocket = class {
				constructor() {
					setTimeout(() => this.onclose?.());
				}
				close() {}
			};
		});
		await p.signIn(w.logins.olga.email, w.logins.olga.password);
		await p.rest();
		await p.mark();
		await stage.send('vera@customer.test', 'Heard through the stream', 'hello\n');
		await p.row('Heard through the stream').waitFor();
		check(!(await p.wasReloaded()), 'the page was loaded anew');
		await w.suite.dismiss(p);
	});

	await story('a killed server comes back: the page catches up, nothing is lost or doubled', async () => {
		const t = await stage.ticket('Parcel is late');
		await ada.go(`/tickets/${t.id}`);
		await ada.rest();
		await ada.live();
		await ada.message().first().waitFor();
		await ada.mark();
		w.allow(/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|WebSocket connection to|status of 5\d\d|ERR_SOCKET_NOT_CONNECTED/);
		await stage.ask('kill');
		// The mail server keeps this one until we are there again.
		await stage.send('anna@customer.test', 'While you were away', 'Are you there?\n');
		await ada.write('Written while the server was away.', 'reply');
		await ada.page.keyboard.press('Control+Enter');
		const failed = ada.page.locator('[data-testid=outbox][data-state=failed]');
		await failed.waitFor();
		await ada.id('offline').waitFor();
		await stage.ask('start');
		// The page tries again by itself, ever more seldom; a hand may hasten it.
		await ada.button('banner.offline.now').click({ timeout: 3000 }).catch(() => {});
		await ada.row('While you were away').waitFor();
		await ada.id('offline').waitFor({ state: 'detached' });
		await ada.live();
		await ada.button('outbox.again').click();
		await ada.message('Written while the server was away', 'agent').locator('[data-state=sent]').waitFor();
		await failed.waitFor({ state: 'detached' });
		check(!(await ada.wasReloaded()), 'the page was loaded anew');
		equal((await stage.messages(t.id)).filter((m) => m.text.includes('Written while')).length, 1, 'answers that were stored');
		equal((await stage.api('GET', '/tickets?view=all&limit=200')).items.filter((x) => x.subject === 'While you were away').length, 1, 'tickets of the kept letter');
		await stage.letter('anna@customer.test', 'Written while the server was away');
	});

	await story('what was being written survives an ended session', async () => {
		const olga = w.olga;
		await olga.go(`/tickets/${(await stage.ticket('Parcel is late')).id}`);
		await olga.message().first().waitFor();
		await olga.write('Half written before the session ended', 'reply');
		await olga.page.getByText(olga.t('composer.saved')).waitFor();
		olga.allow(/status of 401|WebSocket connection to/);
		await olga.context.clearCookies();
		await olga.id('assignee').click();
		await olga.choose(olga.t('assign.nobody'));
		await olga.page.getByText(olga.t('login.ended')).waitFor();
		await olga.fillSignIn(w.logins.olga.email, w.logins.olga.password);
		await until('the draft', async () => (await olga.text.inputValue()) === 'Half written before the session ended');
		await olga.write('');
	});

	await story('everybody is told that nothing leaves', async () => {
		await ada.go('/settings/system');
		await ada.button('set.system.pause').click();
		await ada.id('no-send').waitFor();
		await w.olga.id('no-send').waitFor();
		await ada.button('set.system.resume').click();
		await ada.id('no-send').waitFor({ state: 'detached' });
		await w.olga.id('no-send').waitFor({ state: 'detached' });
	});
}
