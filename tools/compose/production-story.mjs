// What the production shape must survive, in order, while its clients talk and are told something all the time.

/** Rejects at the first step that fails, which `step` has told then. */
export async function productionStory(scene, step) {
  await step('three gateways and two registries, three NATS and three MongoDB servers are healthy', () =>
    scene.start(),
  );
  await step('the stream and the database have three copies each', () => scene.proveCopies());
  await step('nobody gets in without a secret, nor further than with his own', () => scene.proveLocks());
  await step('30 clients talk, and are told something, all the time', () => scene.connect(30));

  await step("the stream's leader is killed: everything goes on", () => scene.killNats());
  await step('it is started again, and has all', () => scene.startAgain());
  await step("MongoDB's primary is killed: everything goes on", () => scene.killMongo());
  await step('it is started again, and has all', () => scene.startAgain());
  await step('no client has left the list', () => scene.proveList());

  await step('one of each is killed at a time: everything goes on', () => scene.killOneOfEach());
  await step('the list has the clients of the other gateways, and no others', () => scene.proveList());
  await step('they are started again, and have all', () => scene.startAgain());
  await step('10 more clients talk', () => scene.connect(10));
  await step('the list has them, too', () => scene.proveList());
  await step('the records are exact; each send reached its client once', () => scene.proveConversations());
}
