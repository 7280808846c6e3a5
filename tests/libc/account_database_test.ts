import assert from "node:assert/strict";
import { AccountDatabase } from "../../lib/libc/account_database.ts";

async function id(...args: string[]): Promise<number[]> {
  const { stdout } = await new Deno.Command("id", { args }).output();
  return new TextDecoder().decode(stdout).trim().split(" ").map(Number);
}

Deno.test("AccountDatabase.lookUp() agrees with id(1) on users of this host", async () => {
  using database = new AccountDatabase();
  for (const user of ["root", "nobody", "daemon", "www-data"]) {
    const [uid] = await id("-u", user);
    const [gid] = await id("-g", user);
    const groups = (await id("-G", user)).sort((one, other) => one - other);
    assert.deepEqual(database.lookUp({ user }), { uid, gid, groups });
    assert.deepEqual(
      database.lookUp({ user: String(uid) }),
      { uid, gid, groups },
    );
  }
});

Deno.test("AccountDatabase.lookUp() takes the one group that is named", () => {
  using database = new AccountDatabase();
  assert.deepEqual(database.lookUp({ user: "nobody", group: "adm" }), {
    uid: 65534,
    gid: 4,
    groups: [4],
  });
  assert.deepEqual(database.lookUp({ user: "54321", group: "12345" }), {
    uid: 54321,
    gid: 12345,
    groups: [12345],
  });
});

const REFUSED = [
  { user: "no-such-user", says: /^RangeError: Cannot run as no-such-user: / },
  { user: "54321", says: /name the group too, as 54321:GROUP$/ },
  { user: "4294967295", group: "0", says: /there is no such user/ },
  { user: "nobody", group: "no-such-group", says: /there is no such group/ },
];
for (const { says, ...account } of REFUSED) {
  const name = JSON.stringify(account);
  Deno.test(`AccountDatabase.lookUp() refuses ${name}`, () => {
    using database = new AccountDatabase();
    assert.throws(() => database.lookUp(account), says);
  });
}
