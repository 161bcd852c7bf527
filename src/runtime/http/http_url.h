// HttpUrl: where a request of ours goes, taken apart.
//
// Source: RFC 3986; only what an http or https URL of a webhook needs.
// Thread: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tocsin::runtime {

struct HttpUrl {
  bool tls = true;
  std::string host;    // a name or an address, without brackets
  std::string port;    // decimal
  std::string target;  // path and query, "/" at least

  // "host:port" as the header Host wants it; without the port if it is the scheme's own.
  std::string authority() const;
};

// nullopt unless `text` is http://HOST[:PORT][/PATH][?QUERY], or the same with https, in printable
// ASCII, without a user name and a fragment.
std::optional<HttpUrl> parse_http_url(std::string_view text);

// Whether `host` is an address, not a name.
bool is_address(const std::string& host);

// Whether `host` names this machine: localhost, or a loopback address.
bool is_loopback_host(std::string_view host);

}  // namespace tocsin::runtime
