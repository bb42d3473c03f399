import '../shared/i18n/system';
import '../shared/base.css';
import { mount } from 'svelte';
import { chooseHost } from '../shared/host/choose';
import { useHost } from '../shared/host/current';
import CompactWindow from '../views/compact/CompactWindow.svelte';

const target = document.getElementById('app');
if (target === null) throw new Error('The page has no place for the app');
const host = await chooseHost();
useHost(host);
mount(CompactWindow, { target, props: { host } });
