/** Who somebody is: tokens and passwords, checked. */
export { basicCredentialsOf, bearerTokenOf, type Credentials } from './authorization-header';
export { BadKey, readKey, tokenAlgorithms } from './key-material';
export {
  createTokenVerifier,
  MAX_TOKEN_BYTES,
  type TokenFault,
  type TokenVerdict,
  type TokenVerifier,
  type TokenVerifierOptions,
} from './token-verifier';
