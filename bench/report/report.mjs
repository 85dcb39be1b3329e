export async function writeReport() {
  return 0;
}
