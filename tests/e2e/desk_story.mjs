// The desk in a real Chromium, with a real Postfix, on each engine.
//
// usage: desk_story.mjs BINARY [WORDS]   (only the stories whose name has the words)
// $OTKLIK_TEST_PG names a PostgreSQL to be used too; $OTKLIK_E2E_PICTURES a folder for
// pictures of what failed.
import { launch, Person } from './lib/browser.mjs';
import { adminStories } from './lib/stories_admin.mjs';
import { htmlStories } from './lib/stories_html.mjs';
import { lookStories } from './lib/stories_looks.mjs';
import { mailStories } from './lib/stories_mail.mjs';
import { privacyStories } from './lib/stories_privacy.mjs';
import { troubleStories } from './lib/stories_trouble.mjs';
import { workStories } from './lib/stories_work.mjs';
import { senseStories } from './lib/stories_sense.mjs';
import { Stage } from './lib/stage.mjs';
import { Suite } from './lib/suite.mjs';

const [binary, only] = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: 0 };
for (const engine of ['sqlite', ...(process.env.OTKLIK_TEST_PG ? ['pg'] : [])]) {
	const browser = await launch();
	const stage = await Stage.open(binary, engine);
	const suite = new Suite(engine, only, () => stage.ask('state'));
	try {
		const w = await world(browser, stage, suite);
		await mailStories(w);
		await htmlStories(w);
		await workStories(w);
		await adminStories(w);
		await senseStories(w);
		await privacyStories(w);
		await troubleStories(w);
		await lookStories(w);
		await suite.story('what is stored verifies', async () => {
			const v = await stage.ask('verify');
			if (v.status !== 0) throw new Error(v.text);
		});
		if (suite.failed) console.log(`server and mail log:\n${await stage.ask('log')}`);
	} finally {
		await browser.close();
		await stage.close();
	}
	for (const k of Object.keys(total)) total[k] += suite[k];
	if (engine === 'sqlite' && !process.env.OTKLIK_TEST_PG) total.skipped += suite.passed + suite.failed;
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed ? 1 : 0;

/** Two people at the desk: the administrator and Olga, an agent of all lines. */
async function world(browser, stage, suite) {
	await stage.api('PATCH', '/me', { language: 'en', name: 'Ada Admin' });
	const olga = { email: 'olga@otklik.test', password: 'olga has a long password' };
	await stage.person('Olga Agent', olga.email, olga.password, 'agent', { language: 'en', all_lines: true, all_brands: true });
	const sit = async (options) => suite.watch(await Person.sit(browser, stage.url, options));
	const allow = (re) => suite.allow(re);
	return { browser, binary, stage, suite, sit, allow, logins: { admin: stage.facts.admin, olga } };
}
