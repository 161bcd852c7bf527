#include "runtime/tls/tls_kdf.h"

#include <algorithm>
#include <string_view>

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include "base/check.h"
#include "wire/tls_key_schedule.h"

namespace tocsin::runtime {
namespace {

constexpr char provider_name[] = "tocsin";
constexpr size_t secret_bytes = 32;

thread_local TlsSecrets* catching = nullptr;

// The parameters of one derivation, as EVP_KDF-TLS13_KDF(7) describes them.
struct Request {
  int mode = -1;
  std::string_view digest;
  std::string_view prefix;
  std::string_view label;
  ByteView key;
  ByteView salt;
  ByteView data;
};

ByteView octets_of(const OSSL_PARAM& param) {
  if (param.data == nullptr) return {};
  return {static_cast<const uint8_t*>(param.data), param.data_size};
}

Request read_request(const OSSL_PARAM* param) {
  Request request;
  for (; param != nullptr && param->key != nullptr; ++param) {
    const std::string_view name = param->key;
    if (name == OSSL_KDF_PARAM_MODE) {
      OSSL_PARAM_get_int(param, &request.mode);
    } else if (name == OSSL_KDF_PARAM_DIGEST) {
      request.digest = as_text(octets_of(*param));
    } else if (name == OSSL_KDF_PARAM_PREFIX) {
      request.prefix = as_text(octets_of(*param));
    } else if (name == OSSL_KDF_PARAM_LABEL) {
      request.label = as_text(octets_of(*param));
    } else if (name == OSSL_KDF_PARAM_KEY) {
      request.key = octets_of(*param);
    } else if (name == OSSL_KDF_PARAM_SALT) {
      request.salt = octets_of(*param);
    } else if (name == OSSL_KDF_PARAM_DATA) {
      request.data = octets_of(*param);
    }
  }
  return request;
}

// RFC 8446 section 7.1 names the labels.
void catch_secret(std::string_view label, ByteView secret) {
  if (catching == nullptr || secret.size() != secret_bytes) return;
  const auto keep = [&](bool& has, wire::TlsSession::TrafficSecret& to) {
    std::copy(secret.begin(), secret.end(), to.begin());
    has = true;
  };
  if (label == "c ap traffic") keep(catching->has_client, catching->client);
  if (label == "s ap traffic") keep(catching->has_server, catching->server);
  if (label == "exp master") keep(catching->has_exporter_master, catching->exporter_master);
}

// Whether wire/ can derive that: our suites have no other digest, and no secrets longer than this.
bool is_ours(const Request& request, size_t out_bytes) {
  return (request.digest == "SHA2-256" || request.digest == "SHA256") &&
         request.prefix == "tls13 " && out_bytes <= secret_bytes &&
         request.label.size() <= secret_bytes && request.data.size() <= secret_bytes &&
         request.key.size() <= wire::key_input_bytes_max && request.salt.size() <= secret_bytes;
}

int derive(void*, unsigned char* out, size_t out_bytes, const OSSL_PARAM params[]) {
  const Request request = read_request(params);
  if (!is_ours(request, out_bytes)) return 0;
  if (request.mode == EVP_KDF_HKDF_MODE_EXTRACT_ONLY) {
    return out_bytes == secret_bytes &&
           wire::next_secret(request.salt, request.key, {out, out_bytes});
  }
  if (request.mode != EVP_KDF_HKDF_MODE_EXPAND_ONLY ||
      !wire::expand_label(request.key, request.label, request.data, {out, out_bytes})) {
    return 0;
  }
  catch_secret(request.label, {out, out_bytes});
  return 1;
}

// A derivation has no state of its own, but OpenSSL wants something that is not null.
void* new_state(void* provider) { return provider; }
void free_state(void*) {}

// libssl sends all parameters along with derive().
const OSSL_PARAM* no_parameters(void*, void*) {
  static const OSSL_PARAM none[] = {OSSL_PARAM_construct_end()};
  return none;
}

template <typename Function>
OSSL_DISPATCH entry(int id, Function function) {
  return {id, reinterpret_cast<void (*)()>(function)};
}

const OSSL_ALGORITHM* offer(void*, int operation, int* no_store) {
  static const OSSL_DISPATCH functions[] = {entry(OSSL_FUNC_KDF_NEWCTX, new_state),
                                            entry(OSSL_FUNC_KDF_FREECTX, free_state),
                                            entry(OSSL_FUNC_KDF_DERIVE, derive),
                                            entry(OSSL_FUNC_KDF_SETTABLE_CTX_PARAMS, no_parameters),
                                            {0, nullptr}};
  static const OSSL_ALGORITHM algorithms[] = {
      {OSSL_KDF_NAME_TLS1_3_KDF, "provider=tocsin", functions, "TLS 1.3 key derivation"},
      {nullptr, nullptr, nullptr, nullptr}};
  *no_store = 0;
  return operation == OSSL_OP_KDF ? algorithms : nullptr;
}

int start_provider(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** out,
                   void** provider) {
  static const OSSL_DISPATCH functions[] = {entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, offer),
                                            {0, nullptr}};
  static char state = 0;
  *out = functions;
  *provider = &state;
  return 1;
}

}  // namespace

TlsSecrets::~TlsSecrets() {
  if (catching == this) catching = nullptr;
  cleanse(client);
  cleanse(server);
  cleanse(exporter_master);
}

ossl_lib_ctx_st* TlsKdf::library() {
  static OSSL_LIB_CTX* const library = [] {
    OSSL_LIB_CTX* made = OSSL_LIB_CTX_new();
    TOCSIN_CHECK(made != nullptr);
    TOCSIN_CHECK(OSSL_PROVIDER_load(made, "default") != nullptr);
    TOCSIN_CHECK(OSSL_PROVIDER_add_builtin(made, provider_name, start_provider) == 1);
    TOCSIN_CHECK(OSSL_PROVIDER_load(made, provider_name) != nullptr);
    return made;
  }();
  return library;
}

void TlsKdf::catch_into(TlsSecrets* secrets) { catching = secrets; }

}  // namespace tocsin::runtime
