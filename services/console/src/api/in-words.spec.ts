import { asksForKey, inWords } from './in-words';
import { ApiError } from './request';

it.each([
  [new ApiError(0, 'The registry can’t be reached'), /can’t be reached/, /tries again/],
  [new ApiError(401, 'Unauthorized', 'send an API key or a token as …'), /asks for an API key/, /Enter one/],
  [new ApiError(401, 'Unauthorized', 'the key or token is not good'), /asks for an API key/, /not good/],
  [new ApiError(403, 'Forbidden', 'the scope send is needed'), /not allowed/, /“send”/],
  [new ApiError(503, 'Temporarily unavailable', 'MongoDB is away'), /MongoDB is away/, /tries again/],
  [new ApiError(418, 'I am a teapot', 'short and stout'), /teapot/, /short and stout/],
  [new TypeError('x is not a function'), /has a fault/, /x is not a function/],
])('%s', (error, title, advice) => {
  expect(inWords(error)).toEqual({
    title: expect.stringMatching(title) as string,
    advice: expect.stringMatching(advice) as string,
  });
});

it('another key helps where there is none, or one without the scope, and not against what else is forbidden', () => {
  expect(asksForKey(new ApiError(401, ''))).toBe(true);
  expect(asksForKey(new ApiError(403, '', 'the scope admin is needed'))).toBe(true);
  expect(asksForKey(new ApiError(403, '', 'pages of other origins may not send'))).toBe(false);
  expect(asksForKey(new ApiError(404, ''))).toBe(false);
});
