import { ApiError } from '../../api/request';
import { failureAnswer, sendAnswer } from './answers';

it.each([
  [new ApiError(410, 'The client has disconnected'), 'not', /left/],
  [new ApiError(404, 'No such client'), 'not', /Nobody knows/],
  [new ApiError(413, 'The message is too big', 'larger than 131072 bytes'), 'not', /too big/],
  [new ApiError(503, 'unreachable', 'no answer in time; it may have been carried out'), 'unsure', /in time/],
  [new ApiError(503, "The client's gateway can't be reached"), 'not', /can't be reached/],
  [new ApiError(0, 'The registry can’t be reached'), 'unsure', /did not answer/],
  [new ApiError(403, 'Forbidden', 'the scope send is needed'), 'not', /not allowed/],
])('%s is %s', (error, outcome, title) => {
  expect(failureAnswer(error, 'send')).toMatchObject({ outcome, title: expect.stringMatching(title) as string });
});

it('a send that may have been carried out says so', () => {
  for (const error of [new ApiError(0, ''), new ApiError(503, '', 'no answer in time; it may have been carried out')])
    expect(failureAnswer(error, 'send').text).toMatch(/may have been carried out|is not known/);
});

it('tells delivered from buffered', () => {
  expect(sendAnswer({ result: 'delivered' }).title).toBe('Delivered');
  expect(sendAnswer({ result: 'buffered' }).text).toMatch(/not read yet/);
});
