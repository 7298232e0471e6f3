import { dynamodbStore } from "../../../src/adapters/store/dynamodb.ts";
import { storeContract } from "../../contract/store.ts";
import { dynaliteServer } from "../../helpers/dynalite-table.ts";

const { newTable } = dynaliteServer();

storeContract("dynamodb", async (clock) => dynamodbStore({ ...(await newTable()), clock }));
