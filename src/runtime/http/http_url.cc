#include "runtime/http/http_url.h"

#include <algorithm>

#include <boost/asio/ip/address.hpp>

namespace tocsin::runtime {
namespace {

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5) return false;
  uint32_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    number = number * 10 + static_cast<uint32_t>(c - '0');
  }
  return number >= 1 && number <= 65'535;
}

bool is_name(std::string_view text) {
  constexpr std::string_view others = ".-_";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
  });
}

// "host", "host:port", "[::1]:port"
bool read_authority(std::string_view text, HttpUrl& url) {
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    url.host = std::string(text.substr(1, end - 1));
    text.remove_prefix(end + 1);
    if (url.host.find(':') == std::string::npos || !is_address(url.host)) return false;
  } else {
    url.host = std::string(text.substr(0, text.find(':')));
    text.remove_prefix(url.host.size());
    if (!is_name(url.host)) return false;
  }
  if (text.empty()) return true;
  url.port = std::string(text.substr(1));
  return text[0] == ':' && is_port(url.port);
}

}  // namespace

std::string HttpUrl::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (tls ? "443" : "80") ? name : name + ":" + port;
}

std::optional<HttpUrl> parse_http_url(std::string_view text) {
  HttpUrl url;
  if (text.starts_with("https://")) {
    text.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    text.remove_prefix(7);
    url.tls = false;
  } else {
    return std::nullopt;
  }
  if (!is_printable(text) || text.find('#') != std::string_view::npos) return std::nullopt;
  const size_t end = std::min(text.find_first_of("/?"), text.size());
  url.port = url.tls ? "443" : "80";
  if (!read_authority(text.substr(0, end), url)) return std::nullopt;
  url.target = std::string(text.substr(end));
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  return url;
}

bool is_address(const std::string& host) {
  boost::system::error_code error;
  boost::asio::ip::make_address(host, error);
  return !error;
}

bool is_loopback_host(std::string_view host) {
  if (host == "localhost") return true;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  return !error && address.is_loopback();
}

}  // namespace tocsin::runtime
