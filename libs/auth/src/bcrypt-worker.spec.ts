/** The thread in which passwords are compared. */
import { hashSync } from 'bcryptjs';
import { BcryptWorker } from './bcrypt-worker';

test('one that ends tells those who wait, and the next comparison has another', async () => {
  const bcrypt = new BcryptWorker();
  const hash = hashSync('secret', 4);
  await expect(bcrypt.compare('secret', hash)).resolves.toBe(true);
  const noHash = undefined as unknown as string;
  for (const lost of await Promise.allSettled([bcrypt.compare('secret', noHash), bcrypt.compare('secret', hash)]))
    expect(lost).toMatchObject({ reason: new Error('the thread for passwords has ended') });
  expect(bcrypt.pending).toBe(0);
  await expect(bcrypt.compare('secret', hash)).resolves.toBe(true);
  await bcrypt.close();
});
