"""The shared words: Exchange, Call, Action, Part, Content, Lane, Verdict, Usage, GatewayError."""
