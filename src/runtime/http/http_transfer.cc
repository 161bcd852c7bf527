#include "runtime/http/http_transfer.h"

#include <algorithm>
#include <cctype>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <system_error>

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include "base/check.h"
#include "base/limits.h"

namespace tocsin::runtime {
namespace {

// No value of ours is one that libcurl refuses.
template <typename T>
void set(CURL* easy, CURLoption option, T value) {
  TOCSIN_CHECK(curl_easy_setopt(easy, option, value) == CURLE_OK);
}

void append(std::unique_ptr<curl_slist, CurlFree>& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  TOCSIN_CHECK(longer != nullptr);
  static_cast<void>(list.release());
  list.reset(longer);
}

// Who is believed, and over what. An authority is one that signed itself.
void set_trust(CURL* easy, const std::string& ca_pem) {
  set(easy, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  set(easy, CURLOPT_SSL_OPTIONS, long{CURLSSLOPT_NO_PARTIALCHAIN});
  // The system's authorities are looked up in its folder of them as they are asked for; the file
  // with all of them would be parsed for each connection.
  set(easy, CURLOPT_CAINFO, static_cast<char*>(nullptr));
  if (ca_pem.empty()) return;
  set(easy, CURLOPT_CAPATH, static_cast<char*>(nullptr));
  curl_blob pem{const_cast<char*>(ca_pem.data()), ca_pem.size(), CURL_BLOB_NOCOPY};
  set(easy, CURLOPT_CAINFO_BLOB, &pem);
}

void set_manners(CURL* easy, bool http2) {
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_HTTP_VERSION, long{http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1});
  set(easy, CURLOPT_USERAGENT, "tocsin");
  set(easy, CURLOPT_NOSIGNAL, 1L);
  // A name server that does not answer must not hold up who gives up or stops.
  set(easy, CURLOPT_QUICK_EXIT, 1L);
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(easy, CURLOPT_MAXAGE_CONN, long{limits::http_kept_s_max});
  set(easy, CURLOPT_MAXLIFETIME_CONN, long{limits::http_connection_s_max});
}

void set_proxy(CURL* easy, const std::optional<std::string>& proxy) {
  if (!proxy) return;
  set(easy, CURLOPT_PROXY, proxy->c_str());
  set(easy, CURLOPT_NOPROXY, "");  // nor what the environment takes out
}

// A server that refuses may close before it has read everything, and its answer, which lies there
// to be read, tells more than the write that failed. libcurl would end with that one: it is told
// that the bytes have left, and learns from reading how the connection is.
long ignore_failed_write(BIO* bio, int operation, const char*, size_t bytes, int, long, int result,
                         size_t* written) {
  const bool has_failed = operation == (BIO_CB_WRITE | BIO_CB_RETURN) && result <= 0;
  if (!has_failed || BIO_should_retry(bio)) return result;
  *written = bytes;
  return 1;
}

void ignore_failed_writes(CURL* easy) {
  const curl_tlssessioninfo* tls = nullptr;
  curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &tls);
  if (tls == nullptr || tls->backend != CURLSSLBACKEND_OPENSSL || tls->internals == nullptr) return;
  BIO_set_callback_ex(SSL_get_wbio(static_cast<SSL*>(tls->internals)), ignore_failed_write);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
}

}  // namespace

// -- Handles -------------------------------------------------------------------------------------

void CurlFree::operator()(curl_slist* list) const { curl_slist_free_all(list); }
void CurlEasyFree::operator()(void* easy) const { curl_easy_cleanup(easy); }
void CurlMultiFree::operator()(void* multi) const { curl_multi_cleanup(multi); }

CurlMulti make_curl_multi(size_t idle_connections_max) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  TOCSIN_CHECK(ready == CURLE_OK);
  CurlMulti multi(curl_multi_init());
  TOCSIN_CHECK(multi != nullptr);
  curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(idle_connections_max));
  return multi;
}

std::optional<HttpTransferOver> next_over(void* multi) {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    HttpTransferOver over{nullptr, message->data.result};
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &over.transfer);
    return over;
  }
  return std::nullopt;
}

// -- What libcurl calls --------------------------------------------------------------------------

struct HttpTransfer::Calls {
  static size_t header(char* data, size_t, size_t bytes, void* self) {
    return static_cast<HttpTransfer*>(self)->on_head_line({data, bytes}) ? bytes : 0;
  }

  static size_t write(char* data, size_t, size_t bytes, void* self) {
    return static_cast<HttpTransfer*>(self)->on_body({data, bytes}) ? bytes : CURL_WRITEFUNC_ERROR;
  }

  static size_t read(char* to, size_t, size_t room, void* self) {
    auto* transfer = static_cast<HttpTransfer*>(self);
    if (transfer->head_.is_complete) return 0;  // it was answered, and need not go on
    return transfer->read_body(to, room).value_or(CURL_READFUNC_ABORT);
  }

  static curl_socket_t open(void* self, curlsocktype, curl_sockaddr* place) {
    char address[NI_MAXHOST] = "";
    getnameinfo(&place->addr, place->addrlen, address, sizeof address, nullptr, 0, NI_NUMERICHOST);
    if (!static_cast<HttpTransfer*>(self)->may_connect(address)) return CURL_SOCKET_BAD;
    return ::socket(place->family, place->socktype | SOCK_CLOEXEC, place->protocol);
  }

  static int before_request(void* self, char*, char*, int, int) {
    auto* transfer = static_cast<HttpTransfer*>(self);
    transfer->was_connected_ = true;
    ignore_failed_writes(transfer->easy_.get());
    return transfer->may_send() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
  }
};

// ------------------------------------------------------------------------------------------------

std::string header_of(const HttpFields& headers, std::string_view name) {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [name](const auto& header) { return header.first == name; });
  return found == headers.end() ? std::string() : found->second;
}

HttpTransfer::HttpTransfer(Order order, const std::string& ca_pem)
    : order_(std::move(order)), easy_(curl_easy_init()), error_(CURL_ERROR_SIZE, '\0') {
  CURL* easy = easy_.get();
  TOCSIN_CHECK(easy != nullptr);
  set_trust(easy, ca_pem);
  set_manners(easy, order_.http2);
  set_proxy(easy, order_.proxy);
  const std::string base = (order_.url.tls ? "https://" : "http://") + order_.url.authority();
  set(easy, CURLOPT_URL, base.c_str());
  set(easy, CURLOPT_REQUEST_TARGET, order_.url.target.c_str());
  set(easy, CURLOPT_TIMEOUT_MS, long{order_.timeout_ms});
  if (!order_.connect_to.empty()) append(connect_to_, "::" + order_.connect_to);
  set(easy, CURLOPT_CONNECT_TO, connect_to_.get());
  order_body();
  // What libcurl would say of itself, and would wait for before it sends a large body.
  for (const char* none : {"Accept:", "Expect:", "Content-Type:"}) append(headers_, none);
  for (const auto& [name, value] : order_.headers) append(headers_, name + ": " + value);
  set(easy, CURLOPT_HTTPHEADER, headers_.get());

  set(easy, CURLOPT_PRIVATE, this);
  set(easy, CURLOPT_ERRORBUFFER, error_.data());
  set(easy, CURLOPT_HEADERFUNCTION, &Calls::header);
  set(easy, CURLOPT_HEADERDATA, this);
  set(easy, CURLOPT_WRITEFUNCTION, &Calls::write);
  set(easy, CURLOPT_WRITEDATA, this);
  set(easy, CURLOPT_READFUNCTION, &Calls::read);
  set(easy, CURLOPT_READDATA, this);
  set(easy, CURLOPT_OPENSOCKETFUNCTION, &Calls::open);
  set(easy, CURLOPT_OPENSOCKETDATA, this);
  set(easy, CURLOPT_PREREQFUNCTION, &Calls::before_request);
  set(easy, CURLOPT_PREREQDATA, this);
}

HttpTransfer::~HttpTransfer() {
  if (multi_ != nullptr) curl_multi_remove_handle(multi_, easy_.get());
}

void HttpTransfer::order_body() {
  CURL* easy = easy_.get();
  if (order_.method == "HEAD") return set(easy, CURLOPT_NOBODY, 1L);
  if (order_.is_upload) {
    set(easy, CURLOPT_UPLOAD, 1L);
  } else if (!order_.body.empty() || order_.method == "POST") {
    set(easy, CURLOPT_POST, 1L);
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(order_.body.size()));
    set(easy, CURLOPT_POSTFIELDS, order_.body.data());
  }
  set(easy, CURLOPT_CUSTOMREQUEST, order_.method.c_str());
}

void HttpTransfer::start(void* multi) {
  TOCSIN_CHECK(multi_ == nullptr);
  TOCSIN_CHECK(curl_multi_add_handle(multi, easy_.get()) == CURLM_OK);
  multi_ = multi;
}

std::optional<size_t> HttpTransfer::read_body(char*, size_t) { return 0; }

bool HttpTransfer::on_head_line(std::string_view line) {
  if (head_.is_complete) return true;  // of the trailer
  if (line.starts_with("HTTP/")) {
    head_.headers.clear();
    head_bytes_ = 0;
  }
  head_bytes_ += line.size();
  if (head_bytes_ > limits::http_head_bytes_max) return false;
  if (const size_t colon = line.find(':'); colon != std::string_view::npos) {
    head_.headers.emplace_back(lower(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
  }
  if (!trimmed(line).empty()) return true;
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  head_.status = static_cast<int>(status);
  head_.is_complete = status >= 200;
  if (head_.is_complete) on_head();
  return true;
}

// -- Errors --------------------------------------------------------------------------------------

std::string HttpTransfer::reason_of(int curl_code) const {
  if (curl_code == CURLE_OK) return "its answer has no end";
  if (head_bytes_ > limits::http_head_bytes_max) {
    return fmt::format("the head of its answer has more than {} bytes",
                       limits::http_head_bytes_max);
  }
  long error = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &error);
  if (curl_code == CURLE_COULDNT_CONNECT && error != 0) {
    return std::generic_category().message(static_cast<int>(error));
  }
  std::string_view text = error_.c_str();
  if (text.empty()) text = curl_easy_strerror(static_cast<CURLcode>(curl_code));
  for (const std::string_view prefix : {"SSL certificate problem: ", "SSL: "}) {
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  }
  return std::string(text);
}

absl::Status HttpTransfer::failure(int curl_code, const std::string& name) const {
  const std::string reason = reason_of(curl_code);
  switch (curl_code) {
    case CURLE_PEER_FAILED_VERIFICATION:
      return absl::FailedPreconditionError(
          fmt::format("the certificate of {} is not trusted: {}", name, reason));
    case CURLE_OK:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_WRITE_ERROR:
      return absl::InternalError(fmt::format("{} did not answer in HTTP: {}", name, reason));
    default:
      return absl::UnavailableError(
          was_connected_ ? fmt::format("the connection to {} broke: {}", name, reason)
                         : fmt::format("cannot reach {}: {}", name, reason));
  }
}

}  // namespace tocsin::runtime
