import { expect, test } from "@jest/globals";
import { chooseLambdaMemory } from "../../../../src/core/planning/machines/lambda-size.ts";

type Need = Parameters<typeof chooseLambdaMemory>[0];

test.each<[Need, readonly number[] | undefined, number | undefined]>([
  // any size
  [{}, undefined, 3008],
  [{ memoryMb: 1024 }, undefined, 3008],
  [{ memoryMb: 3008 }, undefined, 3008],
  [{ memoryMb: 3009 }, undefined, 3009],
  [{ memoryMb: 10_240 }, undefined, 10_240],
  [{ memoryMb: 10_241 }, undefined, undefined],
  [{ cpu: 1 }, undefined, 3008],
  [{ cpu: 2 }, undefined, 3538],
  [{ cpu: 5 }, undefined, 8845],
  [{ cpu: 6 }, undefined, 10_240],
  [{ cpu: 7 }, undefined, undefined],
  [{ cpu: 2, memoryMb: 8192 }, undefined, 8192],
  [{ cpu: 6, memoryMb: 2048 }, undefined, 10_240],
  // functions that there are, in any order
  [{}, [10_240, 3008], 3008],
  [{}, [10_240, 2048], 10_240],
  [{}, [1024, 2048], 2048],
  [{}, [], undefined],
  [{ memoryMb: 2048 }, [10_240, 3008, 2048], 2048],
  [{ memoryMb: 2049 }, [10_240, 3008, 2048], 3008],
  [{ memoryMb: 3009 }, [3008, 10_240], 10_240],
  [{ memoryMb: 3009 }, [3008], undefined],
  [{ cpu: 1 }, [2048, 3008], 3008],
  [{ cpu: 2 }, [2048, 3008], undefined],
  [{ cpu: 2 }, [2048, 3538], 3538],
  [{ cpu: 6 }, [3008, 10_240], 10_240],
  [{ cpu: 1, memoryMb: 512 }, [1024, 1769, 3008], 1769],
  [{ cpu: 7 }, [10_240], undefined],
])("%j of %j: %s", (need, sizes, expected) => {
  expect(chooseLambdaMemory(need, sizes)).toBe(expected);
});
