import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** Greets a door that speaks HTTP/2 with Java's own TLS, and prints what came of it. */
public class Greet {
  static final int PATIENCE = 15_000;
  static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
  static final int SETTINGS = 4;
  static final char[] NO_PASSWORD = {};

  public static void main(String[] arguments) {
    Map<String, String> flags = new HashMap<>();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      flags.put(arguments[i].substring(2), arguments[i + 1]);
    }
    try {
      greet(flags);
      System.out.println("{\"result\":\"ok\"}");
    } catch (Exception error) {
      String text = error.toString().replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", " ");
      System.out.println("{\"result\":\"refused\",\"text\":\"" + text + "\"}");
    }
  }

  static void greet(Map<String, String> flags) throws Exception {
    String[] address = flags.get("address").split(":");
    String host = flags.getOrDefault("server-name", address[0]);
    int port = Integer.parseInt(address[1]);
    try (Socket plain = new Socket(address[0], port);
        SSLSocket socket = (SSLSocket) context(flags).getSocketFactory().createSocket(plain, host, port, true)) {
      socket.setSoTimeout(PATIENCE);
      SSLParameters parameters = socket.getSSLParameters();
      // A bare socket looks at no name otherwise.
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      String protocol = flags.getOrDefault("alpn", "h2");
      parameters.setApplicationProtocols(protocol.equals("none") ? new String[] {} : new String[] {protocol});
      if (flags.containsKey("max-version")) {
        parameters.setProtocols(new String[] {"TLSv" + flags.get("max-version")});
      }
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      socket.getOutputStream().write(PREFACE.getBytes(StandardCharsets.ISO_8859_1));
      byte[] head = socket.getInputStream().readNBytes(9);
      if (head.length < 9) {
        throw new IOException("closed without a greeting");
      }
      if (head[3] != SETTINGS) {
        throw new IOException("a frame of type " + head[3] + " instead of SETTINGS");
      }
    }
  }

  static SSLContext context(Map<String, String> flags) throws Exception {
    KeyStore roots = empty();
    roots.setCertificateEntry("root", certificates(flags.get("server-ca"))[0]);
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(roots);
    KeyManager[] own = null;
    if (flags.containsKey("cert")) {
      KeyStore store = empty();
      store.setKeyEntry("client", key(flags.get("key")), NO_PASSWORD, certificates(flags.get("cert")));
      KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(store, NO_PASSWORD);
      own = factory.getKeyManagers();
    }
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own, trust.getTrustManagers(), null);
    return context;
  }

  static KeyStore empty() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  static Certificate[] certificates(String path) throws Exception {
    try (InputStream file = Files.newInputStream(Path.of(path))) {
      return CertificateFactory.getInstance("X.509").generateCertificates(file).toArray(new Certificate[0]);
    }
  }

  static PrivateKey key(String path) throws Exception {
    String text = Files.readString(Path.of(path)).replaceAll("-----[A-Z ]+-----|\\s", "");
    return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text)));
  }
}
