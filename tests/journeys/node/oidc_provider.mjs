// An OpenID provider of others: `oidc_provider.mjs PORT REDIRECT_URI`. Whoever names a user is let in as it.
import { Provider } from "oidc-provider";

const [port, callback] = process.argv.slice(2);
const scopes = ["mcp:tools", "mcp:resources", "mcp:prompts"];
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: "trigate", client_secret: "the secret of the gateway", redirect_uris: [callback] }],
  cookies: { keys: ["not a secret"] },
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  scopes: ["openid", "offline_access", "email", "profile", ...scopes],
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: true, name: id }),
  }),
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: true },
    registration: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_, audience) => ({
        audience,
        scope: scopes.join(" "),
        accessTokenFormat: "jwt",
        accessTokenTTL: 300,
        jwt: { sign: { alg: "RS256" } },
      }),
    },
  },
});
provider.listen(Number(port), "127.0.0.1");
