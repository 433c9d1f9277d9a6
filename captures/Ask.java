import java.io.*;
import java.nio.file.*;
import java.security.*;
import java.security.cert.*;
import javax.net.ssl.*;

/** Asks the story's question: java Ask.java ROOT PROTOCOLS REQUEST prints what the server answers. */
class Ask {
	public static void main(String[] words) throws Exception {
		Security.setProperty("jdk.tls.disabledAlgorithms", "");
		KeyStore roots = KeyStore.getInstance(KeyStore.getDefaultType());
		roots.load(null);
		try (InputStream root = new FileInputStream(words[0])) {
			roots.setCertificateEntry("root", CertificateFactory.getInstance("X.509").generateCertificate(root));
		}
		TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
		trust.init(roots);
		SSLContext context = SSLContext.getInstance("TLS");
		context.init(null, trust.getTrustManagers(), null);
		try (SSLSocket socket = (SSLSocket)context.getSocketFactory().createSocket("www.lab.test", 443)) {
			socket.setEnabledProtocols(words[1].split(","));
			socket.getOutputStream().write(Files.readAllBytes(Path.of(words[2])));
			socket.getInputStream().transferTo(System.out);
		}
	}
}
