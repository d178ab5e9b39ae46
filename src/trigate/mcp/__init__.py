"""Lane: tool traffic; one catalogue over many servers, both protocol eras."""
