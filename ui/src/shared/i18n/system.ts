// Where the session sets no locale, WebKit says that the language is `C`, which is no language tag (BCP 47);
// whoever hands it to Intl gets an exception, and uPlot does so while it is loaded. Imported first, before any such.

/** Those of the system's languages that are language tags; English if none is. */
export function tagsOf(languages: readonly string[]): readonly string[] {
  const tags = languages.filter((tag) => {
    try {
      return Intl.getCanonicalLocales(tag).length === 1;
    } catch {
      return false;
    }
  });
  return tags.length === 0 ? ['en-US'] : tags;
}

const tags = tagsOf(navigator.languages);
if (tags[0] !== navigator.language) {
  Object.defineProperty(navigator, 'languages', { value: tags });
  Object.defineProperty(navigator, 'language', { value: tags[0] });
}
