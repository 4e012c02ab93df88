import { mount } from 'svelte';
import '../shared/base.css';
import '../shared/desk.css';
import { firstLanguage, setLanguage } from '../shared/i18n/index.svelte';
import { startClock } from '../shared/now.svelte';
import { applyTheme, firstTheme } from '../shared/theme';
import App from './App.svelte';
import { router } from './router.svelte';
import { session } from './session.svelte';

applyTheme(firstTheme());
startClock();
router.start();
await setLanguage(firstLanguage());
if (router.parts[0] !== 'invitation') await session.begin();
mount(App, { target: document.getElementById('app')! });
