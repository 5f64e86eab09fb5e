import { expect, test } from 'vitest';
import { brokenLinks } from '../hygiene/markdown-links.ts';
import { temporaryRepository } from './temporary-repository.ts';

test('a relative link must lead to a file; addresses, anchors and code are left alone', () => {
  const root = temporaryRepository({
    'docs/a.md':
      '[b](./b.md#part) [root](/README.md) [web](https://example.com) [here](#x) `[no](no.md)` [gone](gone.md)',
    'docs/b.md': '',
    'README.md': '',
  });
  expect(brokenLinks(root, 'docs/a.md')).toEqual(['docs/a.md links to "gone.md", which does not exist.']);
});
