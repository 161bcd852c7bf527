#include "runtime/http1/http1_answer.h"

#include <fmt/format.h>
#include <iterator>

#include <boost/beast/http/status.hpp>

namespace tocsin::runtime {
namespace {

namespace http = boost::beast::http;

std::string_view reason_of(int status) {
  const auto known = http::int_to_status(static_cast<unsigned>(status));
  if (known == http::status::unknown) return {};
  const auto reason = http::obsolete_reason(known);
  return {reason.data(), reason.size()};
}

// "retry-after" -> "Retry-After".
void append_name(std::string& out, std::string_view name) {
  bool is_first = true;
  for (const char c : name) {
    out += static_cast<char>(is_first && c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    is_first = c == '-';
  }
}

// Whatever it was made from, it stays one line.
void append_value(std::string& out, std::string_view value) {
  for (const char c : value) {
    const bool is_control = (c >= 0 && c < ' ' && c != '\t') || c == '\x7f';
    out += is_control ? ' ' : c;
  }
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  append_name(out, name);
  out += ": ";
  append_value(out, value);
  out += "\r\n";
}

}  // namespace

Http1BodyEnd body_end_of(const HttpResponse& response, bool takes_chunks) {
  if (response.status == 204 || response.status == 304) return Http1BodyEnd::none;
  if (response.source == nullptr) return Http1BodyEnd::length;
  return takes_chunks ? Http1BodyEnd::last_chunk : Http1BodyEnd::close;
}

std::string http1_answer_head(const HttpResponse& response, const Http1AnswerHead& head) {
  std::string out = fmt::format("HTTP/1.1 {} {}\r\nServer: tocsin\r\nDate: {}\r\n", response.status,
                                reason_of(response.status), head.date);
  if (head.body_end != Http1BodyEnd::none && !response.content_type.empty()) {
    append_field(out, "content-type", response.content_type);
  }
  if (head.body_end == Http1BodyEnd::length) {
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", response.body.size());
  }
  if (head.body_end == Http1BodyEnd::last_chunk) out += "Transfer-Encoding: chunked\r\n";
  for (const auto& [name, value] : response.headers) append_field(out, name, value);
  out += head.is_kept ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
  if (head.is_kept && head.keep_alive_s > 0) {
    fmt::format_to(std::back_inserter(out), "Keep-Alive: timeout={}\r\n", head.keep_alive_s);
  }
  out += "\r\n";
  return out;
}

}  // namespace tocsin::runtime
