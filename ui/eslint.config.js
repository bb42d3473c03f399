import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import typescript from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

// The tiers: shared knows nothing above it, domain knows shared, views know both; one file knows Tauri.
const above = (...tiers) => ({
  'no-restricted-imports': [
    'error',
    {
      patterns: [
        { group: ['@tauri-apps/*'], message: 'Only shared/host/tauri.ts speaks to Tauri' },
        ...(tiers.length === 0 ? [] : [{ group: tiers.map((tier) => `**/${tier}/**`), message: 'A tier knows only the tiers below it' }]),
      ],
    },
  ],
});

export default typescript.config(
  { ignores: ['dist/', 'node_modules/', 'looks/', 'src/shared/wire.ts'] },
  ...typescript.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-eval': 'error',
      'no-console': 'error',
      'svelte/no-at-html-tags': 'error',
      'svelte/prefer-svelte-reactivity': 'off',
      'max-lines': ['error', { max: 400, skipBlankLines: true }],
      ...above(),
    },
  },
  { files: ['**/*.svelte'], rules: { 'max-lines': ['error', { max: 250 }] } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: typescript.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
  },
  { files: ['src/shared/**'], rules: above('domain', 'views') },
  { files: ['src/domain/**'], rules: above('views') },
  { files: ['src/shared/host/tauri.ts'], rules: { 'no-restricted-imports': 'off' } },
  { files: ['tests/**'], rules: { 'no-console': 'off', 'max-lines': 'off' } },
  { files: ['tests/**/*.mjs'], rules: { '@typescript-eslint/explicit-module-boundary-types': 'off' } },
);
