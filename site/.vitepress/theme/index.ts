import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme-without-fonts';
import { ExampleTabs } from './ExampleTabs.ts';
import { Playground } from './Playground.ts';
import './style.css';

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component('ExampleTabs', ExampleTabs);
    app.component('Playground', Playground);
  },
} satisfies Theme;
