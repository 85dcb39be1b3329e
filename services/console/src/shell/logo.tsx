/** Two arrows: there and back. */
export function Logo() {
  return (
    <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden style={{ flexShrink: 0 }}>
      <rect width="32" height="32" rx="7" fill="#3b5bdb" />
      <path
        d="M7 12h14m0 0-4-4m4 4-4 4M25 20H11m0 0 4-4m-4 4 4 4"
        fill="none"
        stroke="#fff"
        strokeWidth="2.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
