// What the system of images must do, in order: each step stands on the ones before.

/** Rejects at the first step that fails, which `step` has told then. */
export async function story(scene, step) {
  await step('three gateways and two registries are healthy behind HAProxy', () => scene.start());
  await step('30 clients are greeted through HAProxy', () => scene.connect(30));
  await step('REST lists them, spread over three gateways', () => scene.proveSpread(3));
  await step("their address is not HAProxy's, nor what a client claims", () => scene.proveAddresses());
  await step('the record of each tells what it said', () => scene.proveRecords());
  await step('a broadcast by REST reaches all 30', () => scene.broadcast('to all'));
  await step('a message by the NATS CLI reaches its client', () => scene.sendByNats('to one'));

  const lost = await step('a gateway is killed, and its clients are closed', () => scene.killGateway());
  await step('within the lease and 5 s they have left the list', () => scene.proveListAfterLoss());
  await step(`the other ${30 - lost} go on receiving`, () => scene.broadcast('to the others'));
  await step('10 new clients are greeted', () => scene.connect(10));

  await step('scaled to two gateways and one registry: no client notices', () => scene.scaleUnnoticed());
  await step('scaled to one gateway: 1001 for the clients of the other', () => scene.scaleToOneGateway());
  await step('the list has followed', () => scene.proveList());
  await step('those left go on receiving', () => scene.broadcast('to those left'));
  await step("MongoDB's password is changed, and no client notices", () => scene.renewMongoPassword());
  await step('those left go on receiving', () => scene.broadcast('after the new password'));
  await step('no client got anything twice, or what was for another', () => scene.proveReceived());
}
