#include "runtime/http1/http1_lines.h"

namespace tocsin::runtime {
namespace {

// RFC 9110 section 5.6.2.
bool is_token(char c) {
  if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) return true;
  return c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_control(char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }

}  // namespace

Http1Lines::State Http1Lines::step(State state, char c) {
  switch (state) {
    case State::request_line:
      if (c == '\r') return State::line_end;
      return is_control(c) ? State::bad : State::request_line;
    case State::field:
      if (c == '\r') return State::last_end;
      return is_token(c) ? State::name : State::bad;
    case State::name:
      if (c == ':') return State::value;
      return is_token(c) ? State::name : State::bad;
    case State::value:
      if (c == '\r') return State::line_end;
      return is_control(c) && c != '\t' ? State::bad : State::value;
    case State::line_end:
      return c == '\n' ? State::field : State::bad;
    case State::last_end:
      return c == '\n' ? State::done : State::bad;
    case State::done:
    case State::bad:
      return state;
  }
  return State::bad;
}

Http1Lines::Verdict Http1Lines::scan(std::string_view text, size_t& used) {
  used = 0;
  while (used < text.size() && state_ < State::done) state_ = step(state_, text[used++]);
  if (state_ == State::done) return Verdict::done;
  return state_ == State::bad ? Verdict::bad : Verdict::more;
}

}  // namespace tocsin::runtime
