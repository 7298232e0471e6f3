import { afterAll, afterEach } from "@jest/globals";
import nock from "nock";
import "probot"; // evaluated first: Jest 30 refuses require(esm) of a module that is still being linked

afterEach(() => {
  nock.cleanAll();
});

// nock patches core modules that the test files of one Jest worker share
afterAll(() => {
  nock.restore();
});
