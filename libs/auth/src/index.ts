/** Who somebody is: tokens and passwords, checked. */
export { basicCredentialsOf, bearerTokenOf, type Credentials } from './authorization-header';
export { BadPasswordFile, parsePasswordFile } from './password-file';
export { PasswordVerifier, type PasswordVerdict, type PasswordVerifierOptions } from './password-verifier';
export { BadKey, readKey, tokenAlgorithms } from './key-material';
export {
  createTokenVerifier,
  MAX_TOKEN_BYTES,
  type TokenFault,
  type TokenVerdict,
  type TokenVerifier,
  type TokenVerifierOptions,
} from './token-verifier';
