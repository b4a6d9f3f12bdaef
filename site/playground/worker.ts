// Lints beside the page, so that the page never waits.
import { lintText } from '../../src/playground.ts';
import { path, type Answered, type Asked } from './messages.ts';

addEventListener('message', ({ data }: MessageEvent<Asked>) => {
  const { id, text, options } = data;
  const start = performance.now();
  void lintText(text, options, path).then((result) => {
    const answered: Answered = { id, result, took: performance.now() - start };
    postMessage(answered);
  });
});
