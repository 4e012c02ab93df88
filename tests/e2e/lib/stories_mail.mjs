// Signing in, and the way of a letter: it comes, it is read, it is answered, it goes on.
import { check, equal } from './suite.mjs';
import { until } from './browser.mjs';

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAKElEQVR4nO3NsQ0AAAzCMP5/un0CNkuZ41wybXsHAAAAAAAAAAAAxR4yw/wuPL6QkAAAAABJRU5ErkJggg==';

/** HTML that tries to run, to call home and to leave the frame, with a quoted tail and a picture. */
function hostileLetter() {
	const html = `<html><head><script>parent.stolen = 1; fetch('/stolen-by-script')</script></head><body onload="parent.stolen = 2">
<p>Добрый день! <b>Заказ 171</b> пришёл битым.</p>
<img src="x-no-such" onerror="parent.stolen = 3; fetch('/stolen-by-onerror')">
<a href="javascript:parent.stolen=4">Details here</a>
<svg onload="parent.stolen = 5"><script>parent.stolen = 6</script></svg>
<form action="/stolen-by-form"><input name="p" autofocus onfocus="parent.stolen = 7"></form>
<iframe srcdoc="<script>parent.parent.stolen = 8</script>"></iframe>
<meta http-equiv="refresh" content="0;url=/stolen-by-refresh">
<img src="https://tracker.test/pixel.png" width="1" height="1">
<a href="https://evil.test/" title="bank.test">https://bank.test/login</a> <a href="https://shop.test/x">the shop</a>
<blockquote type="cite"><p>Мы отправили ваш заказ вчера.</p></blockquote></body></html>`;
	const text = 'Добрый день! Заказ 171 пришёл битым, есть трещина.\r\n\r\nВ пт, 20 нояб. 2026 г. в 10:00, Shop <support@shop.test> пишет:\r\n> Мы отправили ваш заказ вчера.\r\n';
	const b64 = (s) => Buffer.from(s).toString('base64').replace(/.{76}/g, '$&\r\n');
	const part = (type, body, more = '') => `Content-Type: ${type}\r\n${more}Content-Transfer-Encoding: base64\r\n\r\n${body}\r\n`;
	return [
		'From: =?utf-8?B?0JLQtdGA0LA=?= <vera@customer.test>', 'To: support@shop.test', 'Subject: Broken lamp', 'Message-ID: <hostile@customer.test>',
		'Date: Sun, 22 Nov 2026 10:00:00 +0300', 'MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary=m', '', '--m',
		'Content-Type: multipart/alternative; boundary=a', '', '--a',
		`${part('text/plain; charset=utf-8', b64(text))}--a`,
		`${part('text/html; charset=utf-8', b64(html))}--a--`, '', '--m',
		`${part('image/png; name=crack.png', PNG, 'Content-Disposition: attachment; filename=crack.png\r\n')}--m`,
		`${part('application/pdf; name=receipt.pdf', b64('%PDF-1.4 receipt'), 'Content-Disposition: attachment; filename=receipt.pdf\r\n')}--m--`, '',
	].join('\r\n');
}

export async function mailStories(w) {
	const { stage } = w;
	const story = w.suite.story.bind(w.suite);
	const ada = (w.ada = await w.sit());
	const olga = (w.olga = await w.sit());
	let firstId = '';

	await story('a wrong password is told, the right one lets in', async () => {
		await ada.go('/');
		await ada.fillSignIn(w.logins.admin.email, 'not the password');
		await ada.page.getByRole('alert').filter({ hasText: ada.t('login.wrong') }).waitFor();
		equal(await ada.field('login.email').inputValue(), w.logins.admin.email, 'the address that was typed');
		await ada.field('login.password').fill(w.logins.admin.password);
		await ada.id('sign-in').click();
		await ada.list('mine').waitFor();
		await ada.live();
	});

	await story('the language changes before and after signing in', async () => {
		await olga.go('/');
		await olga.page.getByRole('button', { name: 'Русский' }).click();
		olga.lang = 'ru';
		await olga.page.getByRole('heading', { name: olga.t('login.title') }).waitFor();
		equal(await olga.page.getAttribute('html', 'lang'), 'ru', 'lang of the page');
		await olga.page.getByRole('button', { name: 'English' }).click();
		olga.lang = 'en';
		await olga.page.getByRole('heading', { name: olga.t('login.title') }).waitFor();
		await olga.signIn(w.logins.olga.email, w.logins.olga.password);
		await olga.id('me').click();
		await olga.page.getByRole('radio', { name: 'Русский' }).click();
		olga.lang = 'ru';
		await olga.page.getByRole('link', { name: olga.t('rail.settings') }).waitFor();
		await olga.page.reload();
		await olga.list('open').waitFor();
		await olga.id('me').click();
		await olga.page.getByRole('radio', { name: 'English' }).click();
		olga.lang = 'en';
		await olga.page.getByRole('link', { name: olga.t('rail.settings') }).waitFor();
		await olga.page.keyboard.press('Escape');
	});

	await story('the theme changes and stays', async () => {
		const ground = () => ada.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
		const light = await ground();
		await ada.id('me').click();
		await ada.page.getByRole('radio', { name: ada.t('me.theme.dark') }).click();
		await until('a dark ground', async () => (await ground()) !== light);
		await ada.page.reload();
		await ada.list('mine').waitFor();
		check((await ground()) !== light, 'the theme is light again after a reload');
		await ada.id('me').click();
		await ada.page.getByRole('radio', { name: ada.t('me.theme.light') }).click();
		await until('a light ground', async () => (await ground()) === light);
		await ada.page.keyboard.press('Escape');
	});

	await story('a letter appears in the list by itself', async () => {
		await ada.page.getByRole('link', { name: ada.t('view.open') }).first().click();
		await ada.list('open').waitFor();
		for (const p of [ada, olga]) {
			await p.mark();
			await p.rest();
		}
		firstId = await stage.send('anna@customer.test', 'Where is order 171', 'Здравствуйте!\nГде мой заказ? Обещали привезти вчера.\n');
		await ada.row('Where is order 171').waitFor();
		await olga.row('Where is order 171').waitFor();
		check((await ada.row('Where is order 171').innerText()).includes('Anna'), 'the row names the customer');
		check(!(await ada.wasReloaded()) && !(await olga.wasReloaded()), 'a page was loaded anew');
	});

	await story('both open it and read it', async () => {
		for (const p of [ada, olga]) {
			await p.open('Where is order 171');
			await p.message('Где мой заказ?', 'customer').waitFor();
			check(!(await p.wasReloaded()), 'the page was loaded anew');
		}
	});

	await story('an answer leaves by Ctrl+Enter, its fate is told live, it threads', async () => {
		await ada.write('Добрый день, Анна. Заказ приедет завтра.', 'reply');
		await ada.page.keyboard.press('Control+Enter');
		for (const p of [ada, olga]) {
			const answer = p.message('Заказ приедет завтра', 'agent');
			await answer.waitFor();
			await answer.locator('[data-testid=delivery][data-state=sent]').waitFor();
		}
		equal(await ada.text.inputValue(), '', 'the composer after sending');
		await olga.id('status').filter({ hasText: olga.t('status.pending') }).waitFor();
		const letter = (w.firstAnswer = await stage.letter('anna@customer.test', 'Заказ приедет завтра'));
		equal(letter.in_reply_to, `<${firstId}>`, 'In-Reply-To');
		check(letter.references.includes(firstId), 'References name the first letter');
		check(letter.text.includes('Your shop'), 'the signature stands below');
		check(letter.from.includes('support@shop.test'), letter.from);
		check(letter.html.includes('Заказ приедет завтра'), 'there is an HTML part too');
	});

	await story("the customer's second letter appears in the open thread", async () => {
		await stage.answer('anna@customer.test', w.firstAnswer, 'Спасибо, жду курьера!\n');
		for (const p of [ada, olga]) {
			await p.message('Спасибо, жду курьера', 'customer').waitFor();
			await p.id('status').filter({ hasText: p.t('status.open') }).waitFor();
			equal(await p.message().count(), 3, 'messages in the thread');
			check(!(await p.wasReloaded()), 'the page was loaded anew');
		}
		await until('the live region', async () => (await olga.id('announcer').innerText()).includes('Anna'));
	});

	await story('who has it and its status change before the other pair of eyes', async () => {
		await ada.id('assignee').click();
		await ada.choose('Olga Agent');
		await olga.id('assignee').filter({ hasText: 'Olga Agent' }).waitFor();
		await olga.id('status').click();
		await olga.choose(olga.t('status.on_hold'));
		await ada.id('status').filter({ hasText: ada.t('status.on_hold') }).waitFor();
		await ada.event(ada.t('status.on_hold'));
		await olga.id('status').click();
		await olga.choose(olga.t('status.open'));
		await ada.id('status').filter({ hasText: ada.t('status.open') }).waitFor();
	});

	await story('a hostile HTML letter is shown and runs nothing', async () => {
		const asked = [];
		ada.context.on('request', (r) => asked.push(r.url()));
		await ada.context.route('**/messages/*/image?*', (r) => r.fulfill({ contentType: 'image/png', body: Buffer.from(PNG, 'base64') }));
		await stage.raw('vera@customer.test', 'support@shop.test', hostileLetter());
		await ada.open('Broken lamp');
		const m = ada.message(undefined, 'customer').first();
		await m.getByText('пришёл битым').waitFor();
		await m.getByRole('button', { name: ada.t('message.formatted') }).click();
		const frame = m.locator('iframe');
		await frame.waitFor();
		const sandbox = (await frame.getAttribute('sandbox')).split(' ');
		check(!sandbox.includes('allow-scripts') && !sandbox.includes('allow-forms') && !sandbox.includes('allow-top-navigation'), `sandbox: ${sandbox}`);
		const inside = m.frameLocator('iframe');
		await inside.getByText('пришёл битым').waitFor();
		equal(await inside.locator('script, iframe, form, meta[http-equiv=refresh]').count(), 0, 'what may not be in a cleaned letter');
		equal(await inside.locator('[onerror], [onload], [onfocus], [href^="javascript:"]').count(), 0, 'handlers in a cleaned letter');
		await inside.getByText('Details here').click();
		const lie = inside.getByText('https://bank.test/login');
		equal(await lie.getAttribute('data-host'), 'evil.test', 'the host that a lying link leads to');
		equal(await lie.getAttribute('title'), 'evil.test', 'what it says on hovering');
		equal(await inside.getByText('the shop').getAttribute('data-host'), null, 'the mark on an honest link');
		check(!(await inside.getByText('Мы отправили ваш заказ').isVisible()), 'the older letter is not folded');
		await inside.locator('details.quoted > summary').click();
		await inside.getByText('Мы отправили ваш заказ').waitFor();
		const policy = await ada.page.request.get(new URL(await frame.getAttribute('src'), stage.url).href);
		w.letterPolicy = policy.headers()['content-security-policy'];
		check(!/https?:/.test(w.letterPolicy), `the frame may load from elsewhere: ${w.letterPolicy}`);
		equal(await ada.page.evaluate(() => window.stolen), undefined, 'a script of the letter ran');
		const bad = asked.filter((u) => /stolen|tracker/.test(u));
		equal(bad.join(), '', 'the letter called out');
		await m.getByRole('button', { name: ada.t('message.images', { n: 1 }) }).click();
		await until('the picture that was asked for', () => asked.some((u) => u.includes('/image?url=https%3A%2F%2Ftracker.test%2Fpixel.png&')));
		check(!asked.some((u) => u.startsWith('https://tracker.test')), 'the browser asked the sender');
		await m.getByRole('button', { name: ada.t('message.plain') }).click();
	});

	await story('the quoted tail is folded', async () => {
		const m = ada.message('есть трещина', 'customer');
		equal(await m.getByText('Мы отправили ваш заказ вчера').count(), 0, 'the tail before it is unfolded');
		await m.getByRole('button', { name: ada.t('message.quoted') }).click();
		await m.getByText('Мы отправили ваш заказ вчера').waitFor();
	});

	await story('a picture can be looked at, a file loaded', async () => {
		const m = ada.message('есть трещина', 'customer');
		await m.getByRole('button', { name: ada.t('attachment.show', { name: 'crack.png' }) }).click();
		const big = ada.page.getByRole('dialog', { name: 'crack.png' }).getByRole('img');
		await big.waitFor();
		await until('the picture', () => big.evaluate((i) => i.complete && i.naturalWidth === 32));
		await ada.page.keyboard.press('Escape');
		await big.waitFor({ state: 'detached' });
		const [download] = await Promise.all([ada.page.waitForEvent('download'), m.getByTestId('attachment').click()]);
		equal(download.suggestedFilename(), 'receipt.pdf', 'name of the file');
		const { readFile } = await import('node:fs/promises');
		equal(await readFile(await download.path(), 'utf8'), '%PDF-1.4 receipt', 'bytes of the file');
	});

	await story('a file goes out with the answer', async () => {
		await ada.write('Пришлём новую лампу, счёт во вложении.', 'reply');
		await ada.id('composer').locator('input[type=file]').setInputFiles({ name: 'счёт.txt', mimeType: 'text/plain', buffer: Buffer.from('171 рубль') });
		await until('the upload', () => ada.id('send').isEnabled());
		await ada.id('send').click();
		await ada.message('Пришлём новую лампу', 'agent').getByTestId('attachment').filter({ hasText: 'счёт.txt' }).waitFor();
		const letter = await stage.letter('vera@customer.test', 'Пришлём новую лампу');
		equal(letter.attachments.join(), 'счёт.txt', 'attachments of the letter');
	});
}
