#include "runtime/http1/http1_request.h"

#include <algorithm>
#include <string>
#include <utility>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "runtime/http_server/http_target.h"

namespace tocsin::runtime {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;

std::string_view view_of(beast::string_view text) { return {text.data(), text.size()}; }

// Beast's parser of heads, with nothing stored on the way.
class HeadParser final : public http::basic_parser<true> {
 public:
  Http1Request request;
  std::string target;
  size_t hosts = 0;
  size_t expectations = 0;

 private:
  void on_request_impl(http::verb, beast::string_view method, beast::string_view request_target,
                       int version, ErrorCode&) override {
    request.is_head = method == "HEAD";
    request.head.method = request.is_head ? "GET" : std::string(view_of(method));
    request.head.version = version == 10 ? HttpVersion::http10 : HttpVersion::http11;
    target = view_of(request_target);
  }

  void on_field_impl(http::field field, beast::string_view name, beast::string_view value,
                     ErrorCode&) override {
    request.head.headers.add(view_of(name), view_of(value));
    hosts += field == http::field::host;
    expectations += field == http::field::expect;
    if (field == http::field::content_length) request.framing.on_content_length(view_of(value));
    if (field == http::field::transfer_encoding) {
      request.framing.on_transfer_encoding(view_of(value));
    }
  }

  // A head has none of these.
  void on_response_impl(int, beast::string_view, int, ErrorCode&) override {}
  void on_header_impl(ErrorCode&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, ErrorCode&) override {}
  size_t on_body_impl(beast::string_view, ErrorCode&) override { return 0; }
  void on_chunk_header_impl(uint64_t, beast::string_view, ErrorCode&) override {}
  size_t on_chunk_body_impl(uint64_t, beast::string_view, ErrorCode&) override { return 0; }
  void on_finish_impl(ErrorCode&) override {}
};

// "GET /x HTTP/3.7": HTTP, but none of ours. The preface of HTTP/2 is no request.
bool is_of_another_version(std::string_view text) {
  const std::string_view line = text.substr(0, text.find('\r'));
  if (std::count(line.begin(), line.end(), ' ') != 2 || line == "PRI * HTTP/2.0") return false;
  const std::string_view version = line.substr(line.rfind(' ') + 1);
  const auto is_digit = [&](size_t at) { return version[at] >= '0' && version[at] <= '9'; };
  return version.size() == 8 && version.starts_with("HTTP/") && is_digit(5) && version[6] == '.' &&
         is_digit(7) && version != "HTTP/1.1" && version != "HTTP/1.0";
}

Http1Fault fault_of(const ErrorCode& error, std::string_view text) {
  if (error == http::error::bad_version && is_of_another_version(text)) {
    return {505, "this server speaks HTTP/1.1, HTTP/1.0 and HTTP/2"};
  }
  if (error == http::error::bad_transfer_encoding || error == http::error::bad_content_length ||
      error == http::error::multiple_content_length) {
    return {400, "Content-Length or Transfer-Encoding is not well formed"};
  }
  return {400, "this is not a well-formed HTTP/1.1 request"};
}

// uri-host [ ":" port ], without user information (RFC 9110 section 7.2); empty is allowed.
bool is_host(std::string_view text) {
  return text.find_first_of(" \t,/?#@\\\"<>{}|^`") == std::string_view::npos;
}

Http1Fault check_fields(const HeadParser& parser) {
  const HttpRequestHead& head = parser.request.head;
  const bool is_http10 = head.version == HttpVersion::http10;
  if (parser.hosts > 1 || (parser.hosts == 0 && !is_http10)) {
    return {400, "an HTTP/1.1 request needs exactly one Host header"};
  }
  if (!is_host(head.headers.find("host"))) return {400, "Host is not a host"};
  if (const Http1Fault fault = parser.request.framing.fault(is_http10)) return fault;
  if (parser.expectations > 0 && !is_http10 &&
      (parser.expectations > 1 || !beast::iequals(head.headers.find("expect"), "100-continue"))) {
    return {417, "the only expectation here is 100-continue"};
  }
  return {};
}

}  // namespace

std::variant<Http1Request, Http1Fault> read_http1_request(std::string_view text) {
  HeadParser parser;
  parser.header_limit(static_cast<uint32_t>(text.size() + 1));
  parser.body_limit(boost::none);
  ErrorCode error;
  parser.put({text.data(), text.size()}, error);
  // Its verdict on a Content-Length that is a list is too mild, and on Transfer-Encoding too vague.
  if (error) return fault_of(error, text);
  if (!parser.is_header_done()) return fault_of(http::error::bad_field, text);
  if (const Http1Fault fault = check_fields(parser)) return fault;
  auto target = parse_http_target(parser.target);
  if (!target) {
    return Http1Fault{400,
                      "the target is not a path like /v1/apps, or has a broken percent escape"};
  }
  Http1Request request = std::move(parser.request);
  request.head.path = std::move(target->path);
  request.head.query = std::move(target->query);
  request.head.has_body = request.framing.has_body();
  request.takes_chunks = request.head.version == HttpVersion::http11;
  request.keeps_connection = parser.keep_alive();
  request.expects_continue =
      parser.expectations > 0 && request.head.has_body && request.takes_chunks;
  return request;
}

}  // namespace tocsin::runtime
